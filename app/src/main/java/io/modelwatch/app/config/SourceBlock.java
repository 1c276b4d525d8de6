package io.modelwatch.app.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts an entry under {@code sources} of a configuration as text, so that comments and order of the rest stay. */
final class SourceBlock {

    private static final Pattern SOURCES = Pattern.compile("sources:(\\s*(\\[\\s*]|null|~))?\\s*(#.*)?");
    private static final Pattern ENTRY = Pattern.compile("( *)- .*");

    private SourceBlock() {}

    /**
     * Returns the text with the block added.
     *
     * @param block an entry, indented by two spaces
     * @throws IllegalArgumentException if the sources are written in a way that nothing can be added to by text
     */
    static String add(String text, String block) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        int at = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (SOURCES.matcher(line).matches()) {
                at = i;
            } else if (line.startsWith("sources:") || line.startsWith("\"sources\"") || line.startsWith("'sources'")) {
                throw new IllegalArgumentException(
                        "'sources' is written on one line: put its entries below it, each after '- '");
            }
        }
        if (at < 0) {
            if (!lines.isEmpty() && !lines.getLast().isBlank()) {
                lines.add("");
            }
            lines.add("sources:");
            at = lines.size() - 1;
        } else {
            lines.set(at, lines.get(at).replaceFirst("sources:\\s*(\\[\\s*]|null|~)", "sources:"));
        }
        int indent = 2;
        int end = at + 1;
        for (int i = at + 1; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher entry = ENTRY.matcher(line);
            boolean below = line.startsWith(" ") || entry.matches();
            if (!line.isBlank() && !below && !line.startsWith("#")) {
                break;
            }
            if (entry.matches() && end == at + 1) {
                indent = entry.group(1).length();
            }
            if (!line.isBlank() && below) {
                end = i + 1;
            }
        }
        String before = " ".repeat(indent);
        lines.addAll(
                end,
                block.lines()
                        .map(line -> line.isBlank() ? line : before + line.substring(2))
                        .toList());
        return String.join("\n", lines) + "\n";
    }
}
