package io.modelwatch.history.bills;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the writers of bills share: the same document is the same bytes on every machine, and no list is without end. */
final class BillJson {

    /** Entries of one list of a bill that are written: thousands of ancestors make no file that anybody opens. */
    static final int MOST = 1000;

    private static final ObjectWriter WRITER = writer();

    private BillJson() {}

    private static ObjectWriter writer() {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        return JsonMapper.builder()
                .build()
                .writer()
                .with(new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter));
    }

    static String text(ObjectNode document) {
        return WRITER.writeValueAsString(document) + "\n";
    }

    /** Leaves out what a format's schema would refuse as empty. */
    static void put(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }

    /** True for what a field of the format iri-reference may hold. */
    static boolean isUri(@Nullable String text) {
        if (text == null) {
            return false;
        }
        try {
            return new URI(text).isAbsolute();
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /**
     * Notes what was left out of a bill.
     *
     * @param cut tells of each list that was cut, in words
     */
    record Cuts(List<String> cut) {
        Cuts() {
            this(new ArrayList<>());
        }

        /** Returns the first {@link #MOST} of a list. */
        <T> List<T> first(List<T> all, String what) {
            if (all.size() <= MOST) {
                return all;
            }
            cut.add(what + ": " + MOST + " of " + all.size() + " are shown");
            return all.subList(0, MOST);
        }
    }
}
