package io.modelwatch.streams.inference;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a repository, taken apart: what says which model it is (family, version, size, variant), and what says only
 * in which form it comes.
 *
 * @param owner lower-case namespace, "" where there is none
 * @param core the words that say which model it is, in their order
 * @param formats words of quantisation and file format, sorted
 * @param adapter whether a word says that it is an adapter
 * @param merge whether a word says that it is a merge
 */
public record Name(String owner, List<String> core, Set<String> formats, boolean adapter, boolean merge) {

    /** Most words of a name that are looked at. */
    static final int MAX_WORDS = 16;

    /** Most names that one model asks. */
    static final int MAX_ASKED = 24;

    private static final String BEGIN = "(?<![a-z0-9])";
    private static final String END = "(?![a-z0-9])";

    /** Spellings of more than one word, or with a number in them. */
    private static final Pattern FORMAT_PHRASES = Pattern.compile(BEGIN
            + "(?:"
            // llama.cpp's levels: Q4_K_M, IQ3_XXS, Q8_0, UD-Q4_K_XL.
            + "(?:ud[-_.])?i?q[1-9](?:[-_.]?[k01])?(?:[-_.](?:xxs|xs|s|m|l|xl|nl|p))?(?:[-_.][48][-_.][48])?"
            // Widths and types: 4bit, 4-bit, 4.65bpw, int8, fp8, bf16, nf4, w4a16, e4m3.
            + "|\\d+[-_.]?bits?|\\d+(?:[._]\\d+)?[-_]?bpw(?:[-_]?h\\d+)?|u?int[-_]?[2-8]|(?:fp|bf|f|nf|mxfp|nvfp)[-_]?(?:4|6|8|16|32)|float(?:8|16|32)"
            + "|w\\d+a\\d+(?:g\\d+)?|e[45]m[23](?:fn)?"
            // Group sizes: 128g, g128, gs128.
            + "|(?:32|64|128)g|gs?[-_]?(?:32|64|128)"
            + "|no[-_]?act[-_]?order|exl[-_]?[23]|i[-_]?matrix|auto[-_]?(?:gptq|awq|round)|bits[-_]?and[-_]?bytes|h[68]"
            + ")"
            + END);

    private static final Set<String> FORMATS = Set.of(
            "gguf",
            "ggml",
            "awq",
            "gptq",
            "mlx",
            "onnx",
            "openvino",
            "ov",
            "bnb",
            "i1",
            "imat",
            "quant",
            "quants",
            "quantized",
            "quantised",
            "hqq",
            "aqlm",
            "eetq",
            "marlin",
            "smashed",
            "coreml",
            "ct2",
            "ctranslate2",
            "llamafile",
            "safetensors",
            "unsloth",
            "sharded",
            "dynamic",
            "torchao",
            "quanto",
            "sym",
            "asym",
            "autogptq",
            "q",
            "gptqmodel",
            "nexaquant");

    private static final Set<String> ADAPTERS = Set.of("lora", "loras", "qlora", "dora", "adapter", "adapters", "peft");

    private static final Set<String> MERGES =
            Set.of("merge", "merged", "slerp", "ties", "dare", "mergekit", "frankenmerge", "passthrough");

    /** Words that a name has or lacks at its author's whim. */
    private static final Set<String> NEUTRAL = Set.of("hf", "");

    /** Words that many models of no common origin bear. */
    private static final Set<String> GENERIC = Set.of(
            "model",
            "models",
            "final",
            "test",
            "my",
            "new",
            "the",
            "output",
            "outputs",
            "results",
            "base",
            "instruct",
            "chat",
            "it",
            "sft",
            "dpo",
            "rlhf",
            "finetuned",
            "finetune",
            "fine",
            "tuned",
            "tune",
            "ft",
            "trained",
            "training",
            "train",
            "checkpoint",
            "ckpt",
            "epoch",
            "epochs",
            "step",
            "steps",
            "small",
            "tiny",
            "mini",
            "medium",
            "large",
            "huge",
            "xl",
            "demo",
            "custom",
            "example",
            "only",
            "full",
            "llm",
            "ai",
            "en",
            "data",
            "task",
            "run",
            "exp",
            "experiment",
            "version",
            "beta",
            "alpha",
            "preview",
            "quantized");

    private static final Pattern LETTERS_THEN_NUMBER = Pattern.compile("([a-z]{2,})(\\d+(?:\\.\\d+)?)");
    private static final Pattern WORD_END = Pattern.compile("[-_\\s/+~@:,()\\[\\]]+|\\.(?!\\d)|(?<!\\d)\\.");
    private static final Pattern LETTERS = Pattern.compile(".*[a-z]{2,}.*");
    private static final Pattern POINT_ZERO = Pattern.compile("(v?\\d+)\\.0");
    private static final Pattern SIZE = Pattern.compile(
            "(?:\\d+x)?\\d+(?:\\.\\d+)?[bm]|a\\d+(?:\\.\\d+)?b|tiny|mini|nano|small|base|medium|large|huge|giant|xl|xxl|xs");
    private static final Pattern VERSION = Pattern.compile("v?\\d+(?:\\.\\d+)*");

    /** Copies what it is given. */
    public Name {
        core = List.copyOf(core);
        formats = Set.copyOf(formats);
    }

    /** Takes the name of a model apart. */
    public static Name of(String packageUrl) {
        String path = packageUrl.startsWith("pkg:") ? packageUrl.substring(packageUrl.indexOf('/') + 1) : packageUrl;
        String plain = decoded(path).toLowerCase(Locale.ROOT);
        int slash = plain.lastIndexOf('/');
        String owner = slash < 0 ? "" : plain.substring(0, slash);
        Set<String> formats = new TreeSet<>();
        StringBuilder rest = new StringBuilder();
        Matcher phrase = FORMAT_PHRASES.matcher(plain.substring(slash + 1));
        while (phrase.find()) {
            formats.add(phrase.group());
            phrase.appendReplacement(rest, "-");
        }
        phrase.appendTail(rest);
        List<String> core = new ArrayList<>();
        boolean adapter = false;
        boolean merge = false;
        for (String word : WORD_END.split(rest, -1)) {
            if (FORMATS.contains(word)) {
                formats.add(word);
            } else if (ADAPTERS.contains(word)) {
                adapter = true;
            } else if (MERGES.contains(word)) {
                merge = true;
            } else if (!NEUTRAL.contains(word) && core.size() < MAX_WORDS) {
                add(core, word);
            }
        }
        return new Name(owner, core, formats, adapter, merge);
    }

    private static void add(List<String> core, String word) {
        Matcher parts = LETTERS_THEN_NUMBER.matcher(word);
        if (parts.matches()) {
            add(core, parts.group(1));
            add(core, parts.group(2));
            return;
        }
        if (word.equals("llama") && !core.isEmpty() && core.getLast().equals("meta")) {
            core.removeLast();
        }
        Matcher zero = POINT_ZERO.matcher(word);
        core.add(zero.matches() ? zero.group(1) : word);
    }

    /** Returns a path, or a part of it, without the escapes of a package URL. */
    static String decoded(String path) {
        try {
            // A plus is a plus in a package URL.
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    /** Returns the name under which the model is found, or null where it has none that says anything. */
    public @Nullable String key() {
        return says(core) ? String.join("-", core) : null;
    }

    /** Returns the names that a model looks for its parent under: every run of its words that says something. */
    public Set<String> asked() {
        Set<String> asked = new LinkedHashSet<>();
        int words = core.size();
        for (int length = words; length > 0; length--) {
            add(asked, 0, length);
            add(asked, words - length, words);
        }
        for (int length = words - 2; length > 0; length--) {
            for (int from = 1; from + length < words; from++) {
                add(asked, from, from + length);
            }
        }
        return asked;
    }

    private void add(Set<String> asked, int from, int to) {
        List<String> run = core.subList(from, to);
        if (asked.size() < MAX_ASKED && says(run)) {
            asked.add(String.join("-", run));
        }
    }

    private static boolean says(List<String> run) {
        return run.stream().anyMatch(word -> LETTERS.matcher(word).matches() && !GENERIC.contains(word));
    }

    /** Returns where the other's words stand in this name's, or -1. */
    int find(Name other) {
        return other.core().isEmpty() ? -1 : Collections.indexOfSubList(core, other.core());
    }

    static boolean isSize(String word) {
        return SIZE.matcher(word).matches();
    }

    static boolean isVersion(String word) {
        return VERSION.matcher(word).matches();
    }

    /** Returns whether the name says how large the model is. */
    boolean sized() {
        return core.stream().anyMatch(Name::isSize);
    }
}
