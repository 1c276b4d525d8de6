package io.modelwatch.history.bitemporal;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The timelines of one deployment: of itself, of its components and of its claims.
 *
 * <p>A revision is told field by field: what differs from the newest state holds from the time at which that change took
 * effect, whatever was believed of later times, so that the newest state is always the newest revision. A revision may
 * come with an earlier effect than the one before it, and leaves what it does not speak of alone. What is said of a
 * role's model holds at most since that model has the role. A late fact changes nothing of what is now.
 */
final class DeploymentTimelines {

    private static final String MODELS = "models.";
    private static final String MODEL = "model";
    private static final List<String> OF_ITSELF = List.of("type", "vendor", "owner", "hosting");
    /** Since when a component runs its model; written by us beside what the bill says. */
    private static final String SINCE = "since";
    /** Of a claim: when and from what it was read; alone no difference. */
    private static final Set<String> READ = Set.of("observedAt", "evidence");

    private final String deployment;
    private final Timeline itself;
    private final Map<String, Timeline> components = new LinkedHashMap<>();
    private final Map<List<String>, Timeline> claims = new LinkedHashMap<>();

    /** @param itself what is known of it up to now */
    DeploymentTimelines(String deployment, Timeline itself) {
        this.deployment = deployment;
        this.itself = itself;
    }

    void component(String role, Timeline timeline) {
        components.put(role, timeline);
    }

    void claim(String field, String source, Timeline timeline) {
        claims.put(List.of(field, source), timeline);
    }

    /** Adds its timelines to those that are to be written. */
    void collect(Map<FactTable, Map<List<String>, Timeline>> all) {
        to(all, FactTable.DEPLOYMENTS).put(List.of(deployment), itself);
        components.forEach((role, one) -> to(all, FactTable.COMPONENTS).put(List.of(deployment, role), one));
        claims.forEach((claim, one) ->
                to(all, FactTable.CLAIMS).put(List.of(deployment, claim.getFirst(), claim.getLast()), one));
    }

    private static Map<List<String>, Timeline> to(Map<FactTable, Map<List<String>, Timeline>> all, FactTable table) {
        return all.computeIfAbsent(table, t -> new LinkedHashMap<>());
    }

    /** @param known when the revision became known, not before the one in front of it */
    void revise(Bill bill, Instant known) {
        if (bill.removed()) {
            itself.set(bill.effective(), known, bill.cause(), null);
        } else if (itself.newestDocument() == null) {
            itself.set(bill.effective(), known, bill.cause(), bill.itself().toString());
        } else {
            for (String name : OF_ITSELF) {
                patch(
                        itself,
                        bill.since(name),
                        known,
                        bill.cause(name),
                        name,
                        bill.itself().get(name));
            }
        }
        Set<String> roles = new LinkedHashSet<>(components.keySet());
        roles.addAll(bill.components().keySet());
        for (String role : roles) {
            Timeline component = components.computeIfAbsent(role, r -> new Timeline());
            revise(component, role, bill.components().get(role), bill, known);
        }
        Set<List<String>> keys = new LinkedHashSet<>(claims.keySet());
        keys.addAll(bill.claims().keySet());
        for (List<String> key : keys) {
            Timeline claim = claims.computeIfAbsent(key, k -> new Timeline());
            ObjectNode said = bill.claims().get(key);
            ObjectNode was = Documents.object(claim.newestDocument());
            if (!Documents.alike(was, said, READ)) {
                String field = key.getFirst();
                claim.set(since(bill, field), known, bill.cause(field), said == null ? null : said.toString());
            }
        }
    }

    private static void revise(Timeline component, String role, @Nullable ObjectNode said, Bill bill, Instant known) {
        ObjectNode was = Documents.object(component.newestDocument());
        String id = MODELS + role + ".id";
        if (said == null) {
            if (was != null) {
                component.set(bill.since(id), known, bill.cause(id), null);
            }
            return;
        }
        if (was == null || !Objects.equals(was.get(MODEL), said.get(MODEL))) {
            Instant since = bill.since(id);
            component.set(
                    since,
                    known,
                    bill.cause(id),
                    said.deepCopy().put(SINCE, since.toString()).toString());
            return;
        }
        Instant since = Instant.parse(was.path(SINCE).asString(""));
        Set<String> names = new LinkedHashSet<>(was.propertyNames());
        names.addAll(said.propertyNames());
        names.remove(SINCE);
        for (String name : names) {
            String field = MODELS + role + "." + name;
            patch(component, atLeast(bill.since(field), since), known, bill.cause(field), name, said.get(name));
        }
    }

    /**
     * Says how it was before: until the next time from which its source is known to have said otherwise, in whatever
     * field, since an observation speaks of all of them; at the latest until now.
     *
     * @param known when that became known, not before what is known already
     */
    void correct(LateFact fact, Instant known) {
        Instant end = known;
        for (Map.Entry<List<String>, Timeline> claim : claims.entrySet()) {
            if (claim.getKey().getLast().equals(fact.source())) {
                Instant next = claim.getValue().endOfRun(fact.effective(), said -> Documents.text(said, "value"));
                end = next != null && next.isBefore(end) ? next : end;
            }
        }
        if (leads(fact)) {
            Step step = Step.of(fact.field());
            if (step == null) {
                if (OF_ITSELF.contains(fact.field())) {
                    itself.set(fact.effective(), end, known, fact.id(), Documents.put(fact.field(), fact.value()));
                }
            } else if (step.name().equals("id")) {
                ran(components.computeIfAbsent(step.role(), role -> new Timeline()), fact, end, known);
            } else {
                Timeline component = components.get(step.role());
                if (component != null) {
                    component.set(fact.effective(), end, known, fact.id(), Documents.put(step.name(), fact.value()));
                }
            }
        }
        Timeline claim = claims.computeIfAbsent(List.of(fact.field(), fact.source()), key -> new Timeline());
        ObjectNode said = fact.value() == null ? null : claim(fact);
        claim.set(
                fact.effective(),
                end,
                known,
                fact.id(),
                old -> Documents.alike(Documents.object(old), said, READ) ? old : Documents.text(said));
    }

    /** Another model ran in a role, or none. What is known of the later one is not known of this. */
    private static void ran(Timeline component, LateFact fact, Instant end, Instant known) {
        ObjectNode said = fact.value() == null ? null : JsonNodeFactory.instance.objectNode();
        if (said != null) {
            said.set(MODEL, fact.value());
            said.put(SINCE, fact.effective().toString());
        }
        String model = Documents.text(fact.value());
        component.set(
                fact.effective(),
                end,
                known,
                fact.id(),
                old -> Objects.equals(Documents.text(old, MODEL), model) ? old : Documents.text(said));
    }

    private ObjectNode claim(LateFact fact) {
        ObjectNode said = JsonNodeFactory.instance.objectNode();
        said.set("value", fact.value());
        JsonNode confidence = fact.document().get("confidence");
        said.put("confidence", confidence == null ? "declared" : confidence.asString());
        said.put("observedAt", fact.known().toString());
        JsonNode evidence = fact.document().get("evidence");
        if (evidence != null) {
            said.set("evidence", evidence);
        }
        return said.put("rank", leads(fact) ? 0 : 1);
    }

    /** A bill shows the word of the source that takes precedence; a late word of another is a claim beside it. */
    private boolean leads(LateFact fact) {
        for (Map.Entry<List<String>, Timeline> claim : claims.entrySet()) {
            if (claim.getKey().getFirst().equals(fact.field())
                    && !claim.getKey().getLast().equals(fact.source())) {
                ObjectNode other = Documents.object(claim.getValue().newestDocument());
                if (other != null && other.path("rank").asInt(0) == 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void patch(
            Timeline timeline,
            Instant from,
            Instant known,
            @Nullable String cause,
            String name,
            @Nullable JsonNode value) {
        if (!Objects.equals(Documents.text(timeline.newestDocument(), name), Documents.text(value))) {
            timeline.set(from, null, known, cause, Documents.put(name, value));
        }
    }

    /** Since when a claim is as a revision has it: one of a role's model at most since that model has the role. */
    private Instant since(Bill bill, String field) {
        Step step = Step.of(field);
        Timeline component = step == null ? null : components.get(step.role());
        if (step == null || component == null) {
            return bill.since(field);
        }
        ObjectNode document = Documents.object(component.newestDocument());
        return document == null
                ? bill.since(MODELS + step.role() + ".id")
                : atLeast(bill.since(field), Instant.parse(document.path(SINCE).asString("")));
    }

    private static Instant atLeast(Instant time, Instant least) {
        return time.isAfter(least) ? time : least;
    }

    /** A field of a role's model. Roles may hold dots. */
    private record Step(String role, String name) {
        static @Nullable Step of(String field) {
            int end = field.lastIndexOf('.');
            return field.startsWith(MODELS) && end > MODELS.length()
                    ? new Step(field.substring(MODELS.length(), end), field.substring(end + 1))
                    : null;
        }
    }
}
