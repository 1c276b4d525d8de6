package io.modelwatch.producers.source;

import java.util.List;

/** Takes the pages of a sweep that is to find nothing, and notes whether it says so. */
public final class Emptied implements Pages {

    private boolean said;

    public boolean is() {
        return said;
    }

    @Override
    public void page(List<? extends Reading> readings, String next) {
        throw new AssertionError("nothing was to be read, but " + readings);
    }

    @Override
    public void emptied() {
        said = true;
    }
}
