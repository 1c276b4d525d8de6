package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Watchable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for a sweep when the cluster tells of a change. It never reads facts from an event. Where the cluster ends it (410
 * Gone, a restart), the next sweep opens another one from where its lists ended.
 */
final class ClusterWatch implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterWatch.class);

    private final KubernetesClient client;
    private final Duration pause;
    private final Runnable hint;
    private final List<Watch> watches = new ArrayList<>();
    private final Map<String, Long> generations = new ConcurrentHashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean hinting = new AtomicBoolean();

    /**
     * @param client closed with this
     * @param pause between a change and the hint: a rollout is many changes, and one sweep
     */
    ClusterWatch(KubernetesClient client, Duration pause, Runnable hint) {
        this.client = client;
        this.pause = pause;
        this.hint = hint;
    }

    KubernetesClient client() {
        return client;
    }

    /** Takes note of a generation that a sweep has seen: to hear of it again is no news. */
    void seen(HasMetadata object) {
        generations.put(key(object), generation(object));
    }

    /**
     * Begins to look out.
     *
     * @param matters whether an object is one that a sweep looks at
     */
    <T extends HasMetadata> void add(Watchable<T> on, @Nullable String resourceVersion, Predicate<T> matters) {
        try {
            watches.add(on.watch(
                    new ListOptionsBuilder()
                            .withResourceVersion(resourceVersion)
                            .withAllowWatchBookmarks(true)
                            .build(),
                    new Watcher<T>() {
                        @Override
                        public void eventReceived(Action action, T object) {
                            if (action == Action.BOOKMARK || action == Action.ERROR || object == null) {
                                return;
                            }
                            if (news(action, object) && matters.test(object)) {
                                hintSoon();
                            }
                        }

                        @Override
                        public void onClose(WatcherException cause) {
                            ended.set(true);
                        }
                    }));
        } catch (KubernetesClientException e) {
            // Sweeps go on without; they are the truth anyway.
            LOGGER.atWarn().addKeyValue("status", e.getCode()).log("The cluster cannot be watched; it is swept alone");
        }
    }

    /** Returns whether the cluster has ended a watch. */
    boolean ended() {
        return ended.get();
    }

    /** A status that moves is no news: the specification has a new generation, or the object came or went. */
    private boolean news(Watcher.Action action, HasMetadata object) {
        if (action == Watcher.Action.DELETED) {
            return generations.remove(key(object)) != null;
        }
        Long before = generations.put(key(object), generation(object));
        return before == null || before != generation(object);
    }

    private void hintSoon() {
        if (hinting.compareAndSet(false, true)) {
            var unused = CompletableFuture.runAsync(
                    () -> {
                        hinting.set(false);
                        try {
                            hint.run();
                        } catch (RuntimeException e) {
                            // The pollers are closing, or sweep nothing on a schedule.
                            LOGGER.atDebug()
                                    .addKeyValue("error", e.getMessage())
                                    .log("Hint not taken");
                        }
                    },
                    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    private static String key(HasMetadata object) {
        return object.getKind() + "/" + object.getMetadata().getNamespace() + "/"
                + object.getMetadata().getName();
    }

    private static long generation(HasMetadata object) {
        Long generation = object.getMetadata().getGeneration();
        return generation == null ? 0 : generation;
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
        client.close();
    }
}
