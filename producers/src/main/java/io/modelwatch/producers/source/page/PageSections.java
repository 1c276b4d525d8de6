package io.modelwatch.producers.source.page;

import io.modelwatch.producers.alias.Mentions;
import io.modelwatch.producers.source.SourceException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;

/**
 * Cuts a page into sections: rows of tables, items of lists, paragraphs, under the headings that they stand below. A section is
 * known again by its headings and its first cell or words, so that one which is edited stays the same section and one that comes
 * between two others moves neither.
 */
final class PageSections {

    /** What is told of one page goes into the bill of each deployment: more is for a narrower selector. */
    static final int MAX_SECTIONS = 200;

    private static final int MAX_HEADING = 40;
    private static final int MAX_LABEL = 50;

    /** Words by which a section is known that has no first cell. */
    private static final int LABEL_WORDS = 6;

    private static final Set<String> HEADINGS = Set.of("h1", "h2", "h3", "h4", "h5", "h6");

    private final PageConfig config;
    private final Mentions mentions;
    private final Map<String, Section> sections = new LinkedHashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final String[] headings = new String[HEADINGS.size() + 1];
    private String term = "";

    private PageSections(PageConfig config, Mentions mentions) {
        this.config = config;
        this.mentions = mentions;
        forget(1);
    }

    /**
     * Returns the sections by key, in the order of the page.
     *
     * @throws SourceException if there are more than can be told
     */
    static Map<String, Section> of(List<Element> roots, PageConfig config, Mentions mentions) throws SourceException {
        PageSections all = new PageSections(config, mentions);
        for (Element root : roots) {
            all.walk(root);
        }
        if (all.sections.size() > MAX_SECTIONS) {
            throw new SourceException(
                    "a page of more than " + MAX_SECTIONS + " rows, items and paragraphs: name the part"
                            + " that matters in select, for example the table, or the newest entries");
        }
        return all.sections;
    }

    private void walk(Element element) {
        String name = element.normalName();
        if (HEADINGS.contains(name)) {
            int level = name.charAt(1) - '0';
            headings[level] = PageText.key(text(element), MAX_HEADING);
            forget(level + 1);
        } else if (name.equals("tr") || config.rows().stream().anyMatch(element::is)) {
            row(element);
        } else if (name.equals("dt")) {
            term = text(element);
        } else if (name.equals("dd") && !term.isEmpty()) {
            take(term, term + " | " + text(element), true);
        } else {
            children(element);
        }
    }

    /** Text that stands between blocks is a paragraph, whatever elements it is made of. */
    private void children(Element element) {
        StringBuilder loose = new StringBuilder();
        for (Node child : element.childNodes()) {
            if (child instanceof TextNode words) {
                loose.append(words.getWholeText());
            } else if (child instanceof Element inner) {
                if (block(inner)) {
                    paragraph(loose);
                    walk(inner);
                } else {
                    loose.append(inner.normalName().equals("br") ? " " : inner.text());
                }
            }
        }
        paragraph(loose);
    }

    private boolean block(Element element) {
        return element.isBlock()
                || element.select("p, div, li, table, tr, h1, h2, h3, h4, h5, h6, dd")
                                .size()
                        > 0
                || config.rows().stream().anyMatch(element::is);
    }

    private void paragraph(StringBuilder loose) {
        String text = PageText.without(PageText.normalised(loose.toString()), config.ignorePatterns());
        loose.setLength(0);
        if (!text.isEmpty()) {
            String[] words = text.split(" ", LABEL_WORDS + 1);
            take(String.join(" ", List.of(words).subList(0, Math.min(words.length, LABEL_WORDS))), text, false);
        }
    }

    private void row(Element row) {
        List<String> cells = row.children().stream()
                .map(this::text)
                .filter(cell -> !cell.isEmpty())
                .toList();
        String text = cells.isEmpty() ? text(row) : String.join(" | ", cells);
        if (!text.isEmpty()) {
            take(cells.isEmpty() ? text : cells.getFirst(), text, true);
        }
    }

    private String text(Element element) {
        return PageText.without(PageText.normalised(element.text()), config.ignorePatterns());
    }

    private void take(String label, String text, boolean whole) {
        if (sections.size() > MAX_SECTIONS) {
            return;
        }
        String key = path() + PageText.key(label, MAX_LABEL);
        int count = uses.merge(key, 1, Integer::sum);
        String unique = count == 1 ? key : key + "#" + count;
        sections.put(unique, Section.of(unique, text, mentions.in(text, whole)));
    }

    /** The two nearest headings tell where it stands; those above are the same for the whole page. */
    private String path() {
        StringBuilder path = new StringBuilder();
        int taken = 0;
        for (int level = headings.length - 1; level > 0 && taken < 2; level--) {
            if (!headings[level].isEmpty()) {
                path.insert(0, headings[level] + "/");
                taken++;
            }
        }
        return path.toString();
    }

    private void forget(int from) {
        for (int level = from; level < headings.length; level++) {
            headings[level] = "";
        }
    }
}
