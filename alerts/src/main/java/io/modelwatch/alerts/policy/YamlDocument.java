package io.modelwatch.alerts.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A YAML file as nodes, each with its place. Mistakes go to {@link Problems}; reading goes on behind them. */
final class YamlDocument {

    private final String file;
    private final String text;
    private final Problems problems;

    private YamlDocument(String file, String text, Problems problems) {
        this.file = file;
        this.text = text;
        this.problems = problems;
    }

    /**
     * Reads a file's text.
     *
     * @param file its name in messages
     * @return the root, null where there is none or a mistake was found
     */
    static @Nullable Value read(String file, String text, Problems problems) {
        // One way to end a line, so that lines and columns need one rule.
        String unix = text.replace("\r\n", "\n").replace('\r', '\n');
        YamlDocument document = new YamlDocument(file, unix, problems);
        LoadSettings settings = LoadSettings.builder().setLabel(file).build();
        try {
            Optional<Node> root = new Compose(settings).composeString(unix);
            return root.isEmpty() ? null : document.new Value(root.get());
        } catch (MarkedYamlEngineException e) {
            problems.add(
                    e.getProblemMark().map(document::place).orElse(new Place(file, 0, 0)),
                    "not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problems.add(new Place(file, 0, 0), "not YAML: " + e.getMessage());
        }
        return null;
    }

    private Place place(Mark mark) {
        return new Place(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    private int offset(Mark mark) {
        int at = 0;
        for (int line = 0; line < mark.getLine(); line++) {
            int newline = text.indexOf('\n', at);
            if (newline < 0) {
                return text.length();
            }
            at = newline + 1;
        }
        int left = text.codePointCount(at, text.length());
        return text.offsetByCodePoints(at, Math.min(mark.getColumn(), left));
    }

    /** A node: a map, a list or one value. */
    final class Value {

        private final Node node;

        private Value(Node node) {
            this.node = node;
        }

        Place place() {
            return node.getStartMark().map(YamlDocument.this::place).orElse(new Place(file, 0, 0));
        }

        boolean isList() {
            return node instanceof SequenceNode;
        }

        boolean isMap() {
            return node instanceof MappingNode;
        }

        /** Returns the entries of a map; an unknown key, a repeated one or something else is a problem. */
        Map<String, Value> map(String what, Set<String> legal) {
            Map<String, Value> entries = entries(what);
            entries.keySet().removeIf(key -> {
                boolean unknown = !legal.contains(key);
                if (unknown) {
                    problems.add(
                            keyPlace(key),
                            "unknown key '" + key + "' of " + what + "; legal are "
                                    + String.join(", ", legal.stream().sorted().toList()));
                }
                return unknown;
            });
            return entries;
        }

        /** Returns the entries of a map with free keys. */
        Map<String, Value> entries(String what) {
            Map<String, Value> entries = new LinkedHashMap<>();
            if (!(node instanceof MappingNode map)) {
                problems.add(place(), what + " must be a map, 'key: value' in each line");
                return entries;
            }
            for (NodeTuple tuple : map.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key) {
                    if (entries.put(key.getValue(), new Value(tuple.getValueNode())) != null) {
                        problems.add(
                                new Value(key).place(), "'" + key.getValue() + "' is there twice; leave one of them");
                    }
                } else {
                    problems.add(new Value(tuple.getKeyNode()).place(), "a key must be a word");
                }
            }
            return entries;
        }

        private Place keyPlace(String name) {
            return ((MappingNode) node)
                    .getValue().stream()
                            .map(NodeTuple::getKeyNode)
                            .filter(key -> key instanceof ScalarNode scalar
                                    && scalar.getValue().equals(name))
                            .map(key -> new Value(key).place())
                            .findFirst()
                            .orElseGet(this::place);
        }

        /** Returns the elements of a list; anything else is a problem. */
        List<Value> list(String what) {
            if (node instanceof SequenceNode sequence) {
                return sequence.getValue().stream().map(Value::new).toList();
            }
            problems.add(place(), what + " must be a list, '- …' in each line");
            return List.of();
        }

        /** Returns the text of a single value; null, after a problem, where it is none or empty. */
        @Nullable
        Excerpt excerpt(String what) {
            if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
                int start = scalar.getStartMark().map(YamlDocument.this::offset).orElse(0);
                int end = scalar.getEndMark().map(YamlDocument.this::offset).orElse(start);
                return new Excerpt(
                        scalar.getValue(),
                        place(),
                        scalar.getScalarStyle(),
                        text.substring(start, Math.max(start, end)));
            }
            problems.add(place(), what + " must have one value");
            return null;
        }

        /** Returns the text of a single value, without the white space around it. */
        @Nullable
        String text(String what) {
            Excerpt excerpt = excerpt(what);
            return excerpt == null ? null : excerpt.text().strip();
        }

        /** Returns whether a value is written bare, so that it may be a number or a truth value. */
        boolean isPlain() {
            return node instanceof ScalarNode scalar && scalar.getScalarStyle() == ScalarStyle.PLAIN;
        }
    }
}
