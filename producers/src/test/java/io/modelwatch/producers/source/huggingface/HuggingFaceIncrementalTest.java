package io.modelwatch.producers.source.huggingface;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.http.HttpLimits;
import io.modelwatch.producers.source.IncrementalSource.Pass;
import io.modelwatch.producers.source.ModelReading;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.SourceException;
import io.modelwatch.producers.source.Token;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub of twenty pages: how much of it is read, and that nothing is missed for it. */
class HuggingFaceIncrementalTest {

    private static final Instant T = Instant.parse("2026-03-01T00:00:00Z");
    private static final String SCOPE = "author:acme";

    private FakeHub hub;
    private HuggingFaceSource source;
    private Instant now = T.plus(Duration.ofDays(1));
    private final Map<String, ModelReading> seen = new TreeMap<>();
    private final HttpFetcher http = new HttpFetcher(
            new HttpLimits(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    1 << 20,
                    1,
                    Duration.ofMillis(1),
                    Duration.ofSeconds(1),
                    0),
            InstantSource.system());

    @BeforeEach
    void start() throws Exception {
        hub = new FakeHub();
        for (int i = 0; i < 200; i++) {
            hub.put("acme/m%03d".formatted(i), "s1", T.plusSeconds(60L * i));
        }
        source = source(Map.of());
    }

    @AfterEach
    void stop() {
        http.close();
        hub.close();
    }

    private HuggingFaceSource source(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("baseUrl", hub.url());
        settings.put("tokenEnv", "NO_SUCH_VARIABLE");
        settings.put("scopes", List.of(SCOPE));
        settings.put("pageSize", 10);
        return new HuggingFaceSource(
                HuggingFaceConfig.of(new Settings("test", settings, HuggingFaceConfig.KEYS)), http, () -> now);
    }

    private Pass pass(String mark) throws Exception {
        seen.clear();
        return source.pass(
                SCOPE, mark, (page, next) -> page.forEach(one -> seen.put(one.subject(), (ModelReading) one)));
    }

    private void change(String id, String sha) {
        now = now.plusSeconds(3600);
        hub.put(id, sha, now);
    }

    @Test
    void what_changed_costs_a_page_and_everything_is_read_every_so_often() throws Exception {
        Pass whole = pass(null);
        assertThat(whole.whole()).isTrue();
        assertThat(whole.left()).isNull();
        assertThat(seen).hasSize(200);
        assertThat(hub.pagesAsked()).isEqualTo(20);

        change("acme/m005", "s2");
        Pass changed = pass(whole.mark());
        assertThat(changed.whole()).isFalse();
        assertThat(changed.left()).isNull();
        assertThat(seen.get("pkg:huggingface/acme/m005").facts().getRevision()).isEqualTo("s2");
        assertThat(hub.pagesAsked()).isEqualTo(2);

        // Twenty changes are three pages, the last of which shows where the known begins.
        for (int i = 20; i < 40; i++) {
            change("acme/m%03d".formatted(i), "s2");
        }
        now = now.minus(Duration.ofHours(16)); // the clock was set back: not yet time for everything
        Pass many = pass(changed.mark());
        assertThat(many.whole()).isFalse();
        assertThat(seen.values())
                .filteredOn(one -> one.facts().getRevision().equals("s2"))
                .hasSize(21);
        assertThat(hub.pagesAsked()).isEqualTo(3);

        now = now.plus(Duration.ofHours(6));
        assertThat(pass(many.mark()).whole()).isTrue();
        assertThat(hub.pagesAsked()).isEqualTo(20);
    }

    @Test
    void a_listing_of_one_page_is_whole_each_time() throws Exception {
        hub.models.keySet().removeIf(id -> id.compareTo("acme/m005") > 0);
        Pass first = pass(null);
        assertThat(pass(first.mark()).whole()).isTrue();
    }

    @Test
    void a_model_that_changes_while_the_pages_are_turned_is_seen_by_the_next_pass() throws Exception {
        hub.afterPage = () -> {
            hub.afterPage = () -> {};
            hub.put("acme/m001", "s2", T.plusSeconds(60L * 199 + 1));
        };
        Pass first = pass(null);
        // It was on the last page, slipped away from before us, and was asked for where it was known before only.
        assertThat(seen).doesNotContainKey("pkg:huggingface/acme/m001");
        assertThat(first.whole()).isTrue();
        Pass second = pass(first.mark());
        assertThat(second.whole()).isFalse();
        assertThat(seen.get("pkg:huggingface/acme/m001").facts().getRevision()).isEqualTo("s2");
    }

    @Test
    void models_changed_in_one_instant_across_a_page_are_all_seen() throws Exception {
        Pass first = pass(null);
        now = now.plusSeconds(60);
        for (int i = 50; i < 75; i++) {
            hub.put("acme/m%03d".formatted(i), "s2", now);
        }
        Pass second = pass(first.mark());
        assertThat(seen.values())
                .filteredOn(one -> one.facts().getRevision().equals("s2"))
                .hasSize(25);
        // One more with that very time, after we looked.
        hub.put("acme/m075", "s2", now);
        pass(second.mark());
        assertThat(seen).containsKey("pkg:huggingface/acme/m075");
    }

    @Test
    void a_hub_whose_clock_runs_ahead_hides_nothing() throws Exception {
        hub.models.remove("acme/m100");
        hub.put("acme/future", "s1", now.plus(Duration.ofDays(900)));
        Pass first = pass(null);
        change("acme/m007", "s2");
        now = now.minusSeconds(3600); // ours runs behind the Hub's
        Pass second = pass(first.mark());
        assertThat(second.whole()).isFalse();
        assertThat(seen.get("pkg:huggingface/acme/m007").facts().getRevision()).isEqualTo("s2");
    }

    @Test
    void a_listing_in_another_order_is_read_to_its_end() throws Exception {
        Pass first = pass(null);
        hub.sorts = false;
        change("acme/m150", "s2");
        hub.pagesAsked();
        assertThat(pass(first.mark()).whole()).isTrue();
        assertThat(hub.pagesAsked()).isEqualTo(20);
        assertThat(seen.get("pkg:huggingface/acme/m150").facts().getRevision()).isEqualTo("s2");
    }

    @Test
    void a_pass_that_breaks_off_leaves_the_mark_where_it_was_and_a_lost_mark_costs_a_whole_pass() throws Exception {
        Pass first = pass(null);
        for (int i = 0; i < 30; i++) {
            change("acme/m%03d".formatted(i), "s2");
        }
        now = T.plus(Duration.ofDays(1));
        hub.failFromPage = 2;
        assertThatThrownBy(() -> pass(first.mark()))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("500");
        hub.failFromPage = Integer.MAX_VALUE;
        pass(first.mark());
        assertThat(seen.values())
                .filteredOn(one -> one.facts().getRevision().equals("s2"))
                .hasSize(30);
        for (String lost : new String[] {null, "", "yesterday", "2026-03-01T00:00:00Z later"}) {
            assertThat(pass(lost).whole()).isTrue();
        }
    }

    @Test
    void a_restart_in_the_middle_needs_the_mark_alone() throws Exception {
        Pass first = pass(null);
        source = source(Map.of());
        hub.pagesAsked();
        change("acme/m001", "s2");
        assertThat(pass(first.mark()).whole()).isFalse();
        assertThat(hub.pagesAsked()).isEqualTo(2);
    }

    @Test
    void the_owner_of_a_name_is_asked_for_as_often_as_everything() throws Exception {
        hub.owners.put("acme", "64c8");
        Pass first = pass(null);
        assertThat(seen.values()).extracting(one -> one.facts().getOwnerId()).containsOnly("64c8");
        hub.owners.put("acme", "9999");
        change("acme/m001", "s2");
        pass(first.mark());
        assertThat(seen.values()).extracting(one -> one.facts().getOwnerId()).containsOnly("64c8");
        assertThat(hub.requests).filteredOn(one -> one.contains("overview")).hasSize(1);
        now = now.plus(Duration.ofHours(6));
        pass(first.mark());
        assertThat(seen).hasSize(200);
        assertThat(seen.values()).extracting(one -> one.facts().getOwnerId()).containsOnly("9999");
        // Nobody of that name for a while is no other owner.
        hub.owners.clear();
        now = now.plus(Duration.ofHours(6));
        pass(null);
        assertThat(seen.values()).extracting(one -> one.facts().getOwnerId()).containsOnly("9999");
    }

    @Test
    void a_webhook_is_believed_from_who_knows_the_secret_and_passed_over_where_it_tells_of_no_model(@TempDir Path dir)
            throws Exception {
        Path file = Files.writeString(dir.resolve("secret"), "s3cret\n");
        HuggingFaceHints hints = new HuggingFaceHints(new Token(null, file.toString()));
        byte[] model = "{\"event\":{\"action\":\"update\",\"scope\":\"repo.content\"},\"repo\":{\"type\":\"model\"}}"
                .getBytes(UTF_8);
        assertThat(hints.admits(name -> name.equals("X-Webhook-Secret") ? "s3cret" : null, model, now))
                .isTrue();
        assertThat(hints.admits(name -> "s3cre", model, now)).isFalse();
        assertThat(hints.admits(name -> null, model, now)).isFalse();
        assertThatThrownBy(
                        () -> new HuggingFaceHints(new Token("NO_SUCH_VARIABLE", null)).admits(name -> "", model, now))
                .hasMessageContaining("NO_SUCH_VARIABLE");
        assertThat(hints.matters(model)).isTrue();
        assertThat(hints.matters("not json".getBytes(UTF_8))).isTrue();
        assertThat(hints.matters("{\"repo\":{\"type\":\"space\"}}".getBytes(UTF_8)))
                .isFalse();
        assertThat(hints.matters("{\"event\":{\"scope\":\"discussion.comment\"}}".getBytes(UTF_8)))
                .isFalse();
    }
}
