package io.modelwatch.alerts.verdict;

import io.modelwatch.schemas.avro.Component;
import io.modelwatch.schemas.avro.DisclosedModel;
import io.modelwatch.schemas.avro.Disclosure;
import io.modelwatch.schemas.avro.Hosting;
import io.modelwatch.schemas.avro.Mbom;
import io.modelwatch.schemas.avro.Origin;
import io.modelwatch.schemas.avro.ProcurementEvent;
import io.modelwatch.schemas.avro.ProcurementType;
import io.modelwatch.schemas.avro.ProvenanceChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The design's "The verdict, exactly" a second time, as plainly as it can be said: from all facts at once, by trying
 * every moment of a coarse clock, with nothing shared with {@link Judge}. Slow on purpose.
 */
public final class ReferenceRules {

    /** Facts of the test lie on this grid, so that looking at each of its moments misses nothing. */
    public static final Duration GRID = Duration.ofHours(6);

    /** What is said of one change. */
    public record Outcome(String verdict, boolean disclosed, boolean live, String by) {}

    private final List<Mbom> revisions;
    private final Collection<ProcurementEvent> events;
    private final Collection<Disclosure> disclosures;
    private final Instant start;
    private final Instant now;

    /**
     * @param revisions of one deployment, in order
     * @param events every event there is, the last word of each id
     * @param disclosures every disclosure there is, the last word of each id
     * @param start before everything
     */
    public ReferenceRules(
            List<Mbom> revisions,
            Collection<ProcurementEvent> events,
            Collection<Disclosure> disclosures,
            Instant start,
            Instant now) {
        this.revisions = revisions;
        this.events = events;
        this.disclosures = disclosures;
        this.start = start;
        this.now = now;
    }

    private record Seen(ProvenanceChange change, Mbom at) {
        String field() {
            return change.getField();
        }

        Instant te() {
            return change.getEffectiveAt();
        }

        /** The role that it is of, or "" where it is of the deployment. */
        String role() {
            String[] parts = field().split("\\.", 3);
            return parts[0].equals("models") ? parts[1] : "";
        }
    }

    /** Returns the outcome of each change of the deployment, by id. */
    public Map<String, Outcome> outcomes() {
        Map<String, Outcome> outcomes = new TreeMap<>();
        List<Seen> all = changes();
        for (Seen c : all) {
            outcomes.put(c.change().getId(), outcome(c, all));
        }
        return outcomes;
    }

    private List<Seen> changes() {
        List<Seen> all = new ArrayList<>();
        for (Mbom mbom : revisions) {
            for (ProvenanceChange change : mbom.getChanges()) {
                if (!change.getLate()) {
                    all.add(new Seen(change, mbom));
                }
            }
        }
        all.sort(Comparator.comparing(Seen::te).thenComparing(c -> c.change().getId()));
        return all;
    }

    private Outcome outcome(Seen c, List<Seen> all) {
        Instant end = end(c, all);
        Map<String, String> byVerdict = new TreeMap<>();
        for (ProcurementEvent p : events) {
            if (p.getType() == ProcurementType.REVOCATION || !selects(p, c) || !permits(p, c)) {
                continue;
            }
            String verdict = verdict(p, c, all);
            if (verdict != null) {
                byVerdict.merge(verdict, p.getId(), (a, b) -> a.compareTo(b) < 0 ? a : b);
            }
        }
        for (String verdict : List.of("APPROVED", "APPROVED_LATE", "REVOKED", "EXPIRED", "EXHAUSTED")) {
            if (byVerdict.containsKey(verdict)) {
                return new Outcome(verdict, disclosed(c), end == null, byVerdict.get(verdict));
            }
        }
        return new Outcome("UNAPPROVED", disclosed(c), end == null, null);
    }

    /** When a later change took its place, or its deployment went; null while it is live. */
    private Instant end(Seen c, List<Seen> all) {
        Instant end = null;
        boolean after = false;
        for (Seen other : all) {
            if (other == c) {
                after = true;
            } else if (after && end == null) {
                boolean same = other.field().equals(c.field());
                boolean component = !c.role().isEmpty() && other.field().equals("models." + c.role() + ".id");
                if (same || component) {
                    end = other.te();
                }
            }
        }
        if (c.field().equals("hosting")) {
            for (Mbom mbom : revisions) {
                if (mbom.getRemoved() && mbom.getRevision() > c.at().getRevision()) {
                    // Nothing ran there: its hosting went with it.
                    Instant gone = mbom.getChanges().isEmpty()
                            ? mbom.getAt()
                            : mbom.getChanges().getFirst().getEffectiveAt();
                    return end == null || gone.isBefore(end) ? gone : end;
                }
            }
        }
        return end;
    }

    private boolean selects(ProcurementEvent p, Seen c) {
        if (p.getDeployment() != null) {
            return p.getDeployment().equals(c.at().getDeployment());
        }
        if (p.getVendor() != null) {
            return p.getVendor().equals(revisions.getLast().getVendor());
        }
        return models(c).stream().anyMatch(model -> glob(p.getModel(), model));
    }

    private static boolean glob(String glob, String text) {
        StringBuilder regex = new StringBuilder();
        for (String literal : glob.split("\\*", -1)) {
            regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(literal));
        }
        return Pattern.matches("(?s)" + regex, text);
    }

    /** The models of the component concerned, the outgoing one where none comes in; of all where it is about hosting. */
    private List<String> models(Seen c) {
        if (c.role().isEmpty()) {
            return c.at().getComponents().stream().map(Component::getModel).toList();
        }
        if (c.field().endsWith(".id")) {
            String model = c.change().getAfter() == null
                    ? c.change().getBefore()
                    : c.change().getAfter();
            return List.of(model.replace("\"", ""));
        }
        return c.at().getComponents().stream()
                .filter(component -> component.getRole().equals(c.role()))
                .map(Component::getModel)
                .toList();
    }

    private boolean permits(ProcurementEvent p, Seen c) {
        List<String> kinds = p.getAllows().getChanges();
        if (kinds != null && !kinds.contains(c.change().getKind().toString().toLowerCase(java.util.Locale.ROOT))) {
            return false;
        }
        if (c.change().getAfter() == null && c.field().endsWith(".id")) {
            return true;
        }
        for (String model : models(c)) {
            Component known = known(model);
            if (p.getAllows().getModels() != null
                    && p.getAllows().getModels().stream().noneMatch(glob -> glob(glob, model))) {
                return false;
            }
            if (p.getAllows().getLicenses() != null
                    && !(known.getLicense() != null
                            && p.getAllows().getLicenses().contains(known.getLicense()))) {
                return false;
            }
            if (p.getAllows().getOrigins() != null) {
                List<String> countries =
                        known.getOrigins().stream().map(Origin::getCountry).toList();
                // A country that nobody knows is on no list.
                if (countries.isEmpty()
                        || countries.contains(null)
                        || !p.getAllows().getOrigins().containsAll(countries)) {
                    return false;
                }
            }
        }
        if (p.getAllows().getCountries() != null) {
            List<String> countries = countries(c);
            return !countries.isEmpty() && p.getAllows().getCountries().containsAll(countries);
        }
        return true;
    }

    private static List<String> countries(Seen c) {
        return c.at().getHosting().stream().map(Hosting::getCountry).toList();
    }

    /** The last word on a model in any revision. */
    private Component known(String model) {
        Component last = null;
        for (Mbom mbom : revisions) {
            for (Component component : mbom.getComponents()) {
                if (component.getModel().equals(model)) {
                    last = component;
                }
            }
        }
        return last;
    }

    private String verdict(ProcurementEvent p, Seen c, List<Seen> all) {
        boolean ticket = p.getType() == ProcurementType.CHANGE_TICKET;
        boolean firstUse = !p.getOnce() || firstUse(p, all) == c;
        boolean inForce = ticket ? inForce(p, c.te()) && !revoked(p, now) : inForce(p, now);
        if (inForce && firstUse) {
            boolean inTime = !p.getIssuedAt().isAfter(c.te()) && !from(p).isAfter(c.te());
            return inTime ? "APPROVED" : "APPROVED_LATE";
        }
        if (revoked(p, now)) {
            return "REVOKED";
        }
        if (p.getValidTo() != null && !p.getValidTo().isAfter(ticket ? c.te() : now)) {
            return "EXPIRED";
        }
        return inForce ? "EXHAUSTED" : null;
    }

    /** The earliest change that it selects, permits and was in force for, at any moment until now. */
    private Seen firstUse(ProcurementEvent p, List<Seen> all) {
        for (Seen c : all) {
            if (!selects(p, c) || !permits(p, c)) {
                continue;
            }
            if (p.getType() == ProcurementType.CHANGE_TICKET) {
                if (inForce(p, c.te())) {
                    return c;
                }
                continue;
            }
            Instant end = end(c, all);
            for (Instant t = start; !t.isAfter(now); t = t.plus(GRID)) {
                boolean lasts = !t.isBefore(c.te()) && (end == null || t.isBefore(end));
                if (lasts && inForce(p, t)) {
                    return c;
                }
            }
        }
        return null;
    }

    private boolean inForce(ProcurementEvent p, Instant t) {
        return !from(p).isAfter(t) && (p.getValidTo() == null || t.isBefore(p.getValidTo())) && !revoked(p, t);
    }

    private boolean revoked(ProcurementEvent p, Instant t) {
        return events.stream()
                .anyMatch(r -> r.getType() == ProcurementType.REVOCATION
                        && p.getId().equals(r.getRevokes())
                        && !from(r).isAfter(t));
    }

    private static Instant from(ProcurementEvent p) {
        return p.getValidFrom() == null ? p.getIssuedAt() : p.getValidFrom();
    }

    private boolean disclosed(Seen c) {
        for (Disclosure d : disclosures) {
            boolean concerns = d.getVendor().equals(revisions.getLast().getVendor())
                    && (d.getDeployment() == null || d.getDeployment().equals(c.at().getDeployment()));
            if (!concerns || d.getAnnouncedAt().isAfter(c.te())) {
                continue;
            }
            if (c.field().equals("hosting")) {
                if (!countries(c).isEmpty() && d.getCountries().containsAll(countries(c))) {
                    return true;
                }
            } else if (c.change().getAfter() != null) {
                String after = c.change().getAfter().replace("\"", "");
                for (DisclosedModel model : d.getModels()) {
                    boolean comesIn = c.field().endsWith(".id") && model.getId().equals(after);
                    boolean moves = c.field().endsWith(".revision")
                            && after.equals(model.getRevision())
                            && models(c).contains(model.getId());
                    if (comesIn || moves) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
