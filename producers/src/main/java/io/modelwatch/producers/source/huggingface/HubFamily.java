package io.modelwatch.producers.source.huggingface;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.Pages;
import io.modelwatch.producers.source.Reading;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.huggingface.HuggingFaceSource.Known;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A pass over a model's derivatives at any depth: what names it as its base, what names those, and so on. The Hub lists children
 * alone, so that a whole pass costs a request a member; those in between ask for the children of members that had some, and of
 * new ones.
 */
final class HubFamily {

    static final String SCOPE = "family:";

    private final HuggingFaceConfig config;
    private final HttpFetcher http;
    private final Map<String, String> headers;
    private final String root;

    /** What is remembered of each member's children, by the member's id. */
    private final Map<String, Known> members;

    private final Pages pages;
    private final Set<String> seen = new HashSet<>();
    private final Known shared;

    /**
     * @param scope {@code family:ORG/NAME}
     * @param members what is remembered of each member's children, by the member's id
     * @param shared what is remembered of files and owners
     */
    HubFamily(
            HuggingFaceConfig config,
            HttpFetcher http,
            Map<String, String> headers,
            String scope,
            Map<String, Known> members,
            Known shared,
            Pages pages) {
        this.config = config;
        this.http = http;
        this.headers = headers;
        this.root = scope.substring(SCOPE.length());
        this.members = members;
        this.shared = shared;
        this.pages = pages;
    }

    /**
     * @param whole whether every member is asked for its children
     * @param last what to go on from where this pass does not come to its end
     * @param started by our clock
     */
    Pass run(boolean whole, @Nullable Mark last, Instant started) throws SourceException, InterruptedException {
        String lastText = last == null ? null : last.toString();
        Set<String> knownBefore = new TreeSet<>();
        Set<String> asked = new TreeSet<>(List.of(root));
        Queue<String> queue = new ArrayDeque<>(asked);
        members.forEach((member, known) -> {
            knownBefore.addAll(known.models().keySet());
            if (!whole && !known.models().isEmpty() && asked.add(member)) {
                queue.add(member);
            }
        });
        String left = null;
        boolean again = false;
        int details = config.maxDetails();
        for (int count = 1; !queue.isEmpty(); count++) {
            String member = queue.remove();
            if (count > config.maxMembers()) {
                return new Pass(
                        "stopped after the children of " + config.maxMembers() + " members (maxMembers)",
                        whole,
                        lastText);
            }
            Known known =
                    members.computeIfAbsent(member, id -> new Known(new TreeMap<>(), shared.files(), shared.owners()));
            HubPass pass = new HubPass(config, http, headers, "base:" + member, known, details, this::handOn);
            Pass one = pass.run(null, null, started);
            details = pass.detailsLeft();
            left = one.left() == null ? left : one.left();
            again |= pass.again();
            for (String child : known.models().keySet()) {
                if ((whole || !knownBefore.contains(child) || !members.containsKey(child)) && asked.add(child)) {
                    queue.add(child);
                }
            }
            if (pass.again() && known.models().isEmpty()) {
                // Whether it has children is not known yet: it is asked as a new one the next time.
                members.remove(member);
            }
        }
        if (whole) {
            members.keySet().retainAll(asked);
        }
        return new Pass(left, whole, whole && !again ? new Mark(started, started).toString() : lastText);
    }

    /** A merge of two members is a child of both. */
    private void handOn(List<? extends Reading> readings, @Nullable String next) {
        List<Reading> fresh = new ArrayList<>();
        for (Reading one : readings) {
            if (seen.add(one.subject())) {
                fresh.add(one);
            }
        }
        if (!fresh.isEmpty()) {
            pages.page(fresh, next == null ? "more of the family" : next);
        }
    }
}
