package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Listable;
import io.modelwatch.producers.source.SourceException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Lists of one sweep: page after page, and what could not be listed. */
final class ClusterReader {

    /** Objects a page: one can be 1.5 MB, what etcd takes. */
    private static final long PAGE = 250;

    private static final int MAX_PAGES = 400;

    private final String place;
    private final List<String> left = new ArrayList<>();

    ClusterReader(String place) {
        this.place = place;
    }

    /** What was listed, and from where a watch may go on. */
    record Listed<T>(List<T> items, @Nullable String resourceVersion) {}

    /**
     * Lists what is kept, page by page.
     *
     * @param what the resource, for errors
     * @param optional whether a cluster may well not know the resource
     * @param keep what is needed further on; the rest is dropped with its page
     * @return null if it may not be listed, which is noted, or if the cluster does not know the resource and need not
     * @throws SourceException if the cluster cannot be read
     */
    <T extends HasMetadata, L extends KubernetesResourceList<T>> @Nullable Listed<T> list(
            String what, boolean optional, Listable<L> from, Predicate<T> keep)
            throws SourceException, InterruptedException {
        List<T> kept = new ArrayList<>();
        String next = null;
        String version = null;
        for (int page = 0; page < MAX_PAGES; page++) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            L list;
            try {
                list = from.list(new ListOptionsBuilder()
                        .withLimit(PAGE)
                        .withContinue(next)
                        .build());
            } catch (KubernetesClientException e) {
                if (e.getCode() == 403) {
                    left.add(what + " may not be listed (403 Forbidden): grant 'list' on them, see docs/sources.md");
                    return null;
                }
                if (e.getCode() == 404 && optional && page == 0) {
                    return null;
                }
                throw failed(what, e);
            }
            list.getItems().stream().filter(keep).forEach(kept::add);
            version = list.getMetadata() == null ? null : list.getMetadata().getResourceVersion();
            next = list.getMetadata() == null ? null : list.getMetadata().getContinue();
            if (next == null || next.isEmpty()) {
                return new Listed<>(kept, version);
            }
        }
        left.add(what + ": stopped after " + MAX_PAGES + " pages; name namespaces");
        return new Listed<>(kept, version);
    }

    /** Returns what was left out and why, or null. */
    @Nullable
    String left() {
        return left.isEmpty() ? null : String.join("; ", left);
    }

    void leave(String why) {
        left.add(why);
    }

    /** The client's own message quotes addresses and answers at length: only what kind of failure it was is told. */
    private SourceException failed(String what, KubernetesClientException e) throws InterruptedException {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof InterruptedException) {
                throw new InterruptedException();
            }
        }
        String why =
                switch (e.getCode()) {
                    case 401 -> "401 Unauthorized; the token or certificate is not accepted";
                    case 410 -> "410 Gone: the list changed while its pages were turned; the next sweep begins anew";
                    case 404 -> "404 Not Found: is it the address of a cluster?";
                    case 0 -> "no answer" + (e.getCause() == null ? "" : " (" + rootName(e) + ")");
                    default -> "status " + e.getCode();
                };
        return new SourceException(why + " from " + place + " for " + what, e);
    }

    private static String rootName(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName().replace("Exception", "");
    }
}
