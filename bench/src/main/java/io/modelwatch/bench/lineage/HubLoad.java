package io.modelwatch.bench.lineage;

import io.modelwatch.schemas.avro.ParentRef;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** What a hub says of its models over some weeks, recorded or generated: first the edges that stand, then week by week. */
final class HubLoad {

    static final String EDGES_FORM =
            "child,parent,relation,author,parent_author,child_license,parent_license,first_seen,deleted_on,sources";
    static final String EVENTS_FORM = "week,op,model,relation,parents";

    /** Of the recorded events: deletions; additions that name a parent; deletions of models added in the same weeks. */
    private static final double DELETIONS = 74_956.0 / 395_796;

    private static final double WITH_PARENT = 89_570.0 / 320_840;
    private static final double ADDED_BEFORE = 29_235.0 / 74_760;

    /** Takes what is said, in its order. */
    interface Listener {
        void model(String id, List<ParentRef> parents, @Nullable String license);

        void removed(String id);
    }

    private static final class Child {
        final List<ParentRef> parents = new ArrayList<>(1);

        @Nullable
        String license;
    }

    private HubLoad() {}

    /**
     * Tells every model of a table of edges with its parents, in the order of the table.
     *
     * @throws IllegalArgumentException if a line has another form
     */
    static void edges(Path file, Listener listener) throws IOException {
        Map<String, Child> children = new LinkedHashMap<>();
        lines(file, EDGES_FORM, cells -> {
            Child child = children.computeIfAbsent(url(cells[0]), id -> new Child());
            child.parents.add(new ParentRef(url(cells[1]), relation(cells[2])));
            if (!cells[5].isEmpty()) {
                child.license = cells[5];
            }
        });
        children.forEach((id, child) -> listener.model(id, child.parents, child.license));
    }

    /**
     * Tells additions and deletions in the order of a table.
     *
     * @throws IllegalArgumentException if a line has another form
     */
    static void events(Path file, Listener listener) throws IOException {
        lines(file, EVENTS_FORM, cells -> {
            if (cells[1].equals("deleted")) {
                listener.removed(url(cells[2]));
                return;
            }
            List<ParentRef> parents = new ArrayList<>();
            for (String parent : cells[4].isEmpty() ? new String[0] : cells[4].split("\\|", -1)) {
                parents.add(new ParentRef(url(parent), relation(cells[3])));
            }
            listener.model(url(cells[2]), parents, null);
        });
    }

    /** Tells a generated hub of so many models. */
    static void edges(HubGenerator hub, Listener listener) {
        for (int model : hub.order()) {
            List<ParentRef> parents = hub.parents(model);
            if (!parents.isEmpty() || hub.license(model) != null) {
                listener.model(hub.id(model), parents, hub.license(model));
            }
        }
    }

    /** Tells so many generated additions and deletions, on top of a generated hub. */
    static void events(HubGenerator hub, int events, long seed, Listener listener) {
        Random random = new Random(seed);
        int deletions = (int) Math.round(events * DELETIONS);
        int additions = events - deletions;
        int named = (int) Math.round(additions * WITH_PARENT);
        HubGenerator added = HubGenerator.hub(Math.max(100, (int) (named / (1 - HubGenerator.ROOTS))), seed);
        int[] order = added.order();
        int next = 0;
        List<String> told = new ArrayList<>();
        for (int event = 0; event < events; event++) {
            if (random.nextInt(events) < deletions) {
                boolean before = !told.isEmpty() && random.nextDouble() < ADDED_BEFORE;
                listener.removed(before ? told.get(random.nextInt(told.size())) : hub.id(random.nextInt(hub.size())));
                continue;
            }
            String id = "pkg:huggingface/week%d/model-%07d".formatted(event * 11 / events, event);
            List<ParentRef> parents = List.of();
            if (random.nextDouble() < WITH_PARENT && next < order.length) {
                int model = order[next++];
                id = added.id(model);
                parents = added.parents(model);
            }
            told.add(id);
            listener.model(id, parents, null);
        }
    }

    private interface Row {
        void take(String[] cells);
    }

    private static void lines(Path file, String form, Row row) throws IOException {
        int cells = form.split(",", -1).length;
        try (InputStream raw = Files.newInputStream(file);
                BufferedReader lines = new BufferedReader(new InputStreamReader(
                        file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            if (line == null || !line.strip().equals(form)) {
                throw new IllegalArgumentException(file + " line 1: must be " + form);
            }
            for (int number = 2; (line = lines.readLine()) != null; number++) {
                String[] found = line.split(",", -1);
                if (found.length != cells) {
                    throw new IllegalArgumentException(file + " line " + number + ": must be " + form);
                }
                row.take(found);
            }
        }
    }

    private static String url(String id) {
        return "pkg:huggingface/" + id;
    }

    private static String relation(String said) {
        return said.isEmpty() ? "unknown" : said;
    }
}
