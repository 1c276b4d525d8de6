package io.modelwatch.producers.shared;

import java.util.Set;

/** Which of several instances swept a source last, and so knows where it was. */
public interface Ownership {

    /** Ownership where there is one instance only. */
    Ownership ALONE = new Ownership() {
        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public void claim(String source) {}

        @Override
        public boolean owns(String source) {
            return true;
        }

        @Override
        public Set<String> lost(Set<String> sources) {
            return Set.of();
        }
    };

    /** Returns whether there may be other instances. */
    boolean shared();

    /** Makes a source this instance's. */
    void claim(String source);

    /** Returns whether nobody else has claimed a source since this instance did. */
    boolean owns(String source);

    /** Returns those of some sources that are another's by now. */
    Set<String> lost(Set<String> sources);
}
