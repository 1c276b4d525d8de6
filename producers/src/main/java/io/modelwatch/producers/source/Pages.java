package io.modelwatch.producers.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the pages of a sweep. */
@FunctionalInterface
public interface Pages {

    /**
     * Takes one page.
     *
     * @param readings what was read, at most one a subject
     * @param next where the listing goes on, or null after the last page
     */
    void page(List<? extends Reading> readings, @Nullable String next);

    /**
     * Says that the scope was read to its end and there is nothing in it, by right: each subject that it had was asked for and is
     * gone, where the place itself still answers. Without this word an empty scope that was full is taken to be broken.
     */
    default void emptied() {}
}
