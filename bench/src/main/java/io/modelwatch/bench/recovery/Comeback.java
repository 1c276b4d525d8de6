package io.modelwatch.bench.recovery;

/** What becomes of an instance that is killed. */
enum Comeback {
    /** It is started again at once, on its disk. */
    restart("started again at once"),
    /** It stays away, and the other takes over. */
    takeover("taken over by the other");

    private final String words;

    Comeback(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }
}
