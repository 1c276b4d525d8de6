package io.modelwatch.producers.source.kubernetes;

import io.modelwatch.producers.source.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What command, arguments and model-naming variables of a container say. Of all other flags and variables only the name is
 * told: a value may be a key.
 *
 * @param model words about the weights, or null where nothing names them
 * @param revision pinned revision, or null
 * @param names names by which callers ask
 * @param adapters adapters by name, with words about their weights
 * @param told flags: with their value where that is safe and says how the model is executed, else the name alone
 */
record ServerArguments(
        @Nullable String model,
        @Nullable String revision,
        List<String> names,
        List<Adapter> adapters,
        List<String> told) {

    private static final Set<String> MODEL =
            Set.of("--model", "--model-id", "--model-path", "--hf-repo", "-hf", "-hfr", "-m", "--model-uri");
    private static final Set<String> REVISION = Set.of("--revision", "--model-revision");
    private static final Set<String> NAMES = Set.of("--served-model-name", "--model-name", "--alias", "-a");
    private static final String ADAPTERS = "--lora-modules";

    /** They change what is executed, and hold no secret. */
    private static final Set<String> SAFE = Set.of(
            "--quantization",
            "--quantize",
            "--dtype",
            "--max-model-len",
            "--tokenizer",
            "--tokenizer-revision",
            "--code-revision",
            "--chat-template",
            "--trust-remote-code",
            "--task");

    /** Variables that name a model, in the order in which they are asked. */
    static final List<String> MODEL_VARIABLES =
            List.of("MODEL_ID", "HF_MODEL_ID", "MODEL_NAME", "LLAMA_ARG_HF_REPO", "LLAMA_ARG_MODEL", "OLLAMA_MODEL");

    private static final String REVISION_VARIABLE = "REVISION";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z_][A-Za-z0-9_]*)\\)");
    private static final int MAX_TOLD = 200;

    /** An adapter that is loaded beside the model. */
    record Adapter(String name, String words) {}

    /** Copies the lists. */
    ServerArguments {
        names = List.copyOf(names);
        adapters = List.copyOf(adapters);
        told = List.copyOf(told);
    }

    /**
     * Reads a container.
     *
     * @param given command and arguments as they are written
     * @param variables values of variables that are written in the container itself
     */
    static ServerArguments of(List<String> given, Map<String, String> variables) {
        List<String> words = words(given);
        Reader reader = new Reader(variables);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.startsWith("-") && word.length() > 1) {
                i = reader.flag(words, i);
            } else if (i > 0 && words.get(i - 1).equals("serve") && reader.model == null) {
                // vllm serve MODEL
                reader.model = reader.expand(word);
            }
        }
        for (String name : MODEL_VARIABLES) {
            String value = variables.get(name);
            if (reader.model == null && value != null && !value.isBlank()) {
                reader.model = value;
            }
        }
        if (reader.revision == null) {
            reader.revision = variables.get(REVISION_VARIABLE);
        }
        return new ServerArguments(
                reader.model,
                reader.revision,
                reader.names,
                reader.adapters,
                reader.told.stream().limit(MAX_TOLD).toList());
    }

    /** A script that a shell is given is taken apart at its spaces: enough to find flags. */
    static List<String> words(List<String> given) {
        List<String> words = new ArrayList<>();
        for (String one : given) {
            if (one.contains(" ") || one.contains("\n")) {
                for (String part : one.split("[\\s;&|]+")) {
                    String bare = part.replaceAll("^['\"]|['\"\\\\]$", "");
                    if (!bare.isEmpty()) {
                        words.add(bare);
                    }
                }
            } else if (!one.isEmpty()) {
                words.add(one);
            }
        }
        return words;
    }

    /** Gathers flag by flag. */
    private static final class Reader {
        private final Map<String, String> variables;
        private @Nullable String model;
        private @Nullable String revision;
        private final List<String> names = new ArrayList<>();
        private final List<Adapter> adapters = new ArrayList<>();
        private final TreeSet<String> told = new TreeSet<>();

        Reader(Map<String, String> variables) {
            this.variables = variables;
        }

        /** Returns the index of the last word that belongs to the flag. */
        int flag(List<String> words, int at) {
            String word = words.get(at);
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            // KServe's own server writes --model_id.
            String plain = name.replace('_', '-').toLowerCase(Locale.ROOT);
            List<String> values = new ArrayList<>();
            int last = at;
            if (equals >= 0) {
                values.add(expand(word.substring(equals + 1)));
            } else {
                while (last + 1 < words.size() && !words.get(last + 1).startsWith("-")) {
                    values.add(expand(words.get(++last)));
                }
            }
            String first = values.isEmpty() ? null : values.getFirst();
            if (MODEL.contains(plain)) {
                model = first == null ? model : first;
            } else if (REVISION.contains(plain)) {
                revision = first == null ? revision : first;
            } else if (NAMES.contains(plain)) {
                names.addAll(values);
            } else if (plain.equals(ADAPTERS)) {
                values.forEach(this::adapter);
            } else {
                boolean safe = SAFE.contains(plain) && first != null;
                told.add(safe ? plain + "=" + Weights.withoutAccount(String.valueOf(first)) : plain);
            }
            return last;
        }

        /** {@code name=path}; the form in JSON names no model without being parsed, and is left to the server itself. */
        private void adapter(String value) {
            int equals = value.indexOf('=');
            if (equals > 0 && equals < value.length() - 1) {
                adapters.add(new Adapter(value.substring(0, equals), value.substring(equals + 1)));
            } else {
                told.add(ADAPTERS);
            }
        }

        String expand(String value) {
            Matcher reference = REFERENCE.matcher(value);
            return reference.replaceAll(
                    found -> Matcher.quoteReplacement(variables.getOrDefault(found.group(1), found.group())));
        }
    }
}
