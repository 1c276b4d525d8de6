package io.modelwatch.streams.inference;

import io.modelwatch.schemas.avro.ParentRef;

/**
 * A parent that the evidence suggests.
 *
 * @param parent the model, and how it was probably derived from it
 * @param rule what kind of evidence it is
 * @param basis the words or the field that it rests upon, for people
 * @param score how likely it is, 0 to 1
 */
public record Guess(ParentRef parent, Rule rule, String basis, double score) {

    /** A kind of evidence. */
    public enum Rule {
        /** An adapter's configuration names its base. */
        PEFT_BASE("config"),
        /** GGUF metadata name the base. */
        GGUF_BASE("config"),
        /** The configuration says from where it was loaded before it was trained on. */
        NAME_OR_PATH("config"),
        /** The host that serves it says which of the hub's models it is. */
        HOST_SAYS("alias"),
        /** The host that serves it calls it as the hub does. */
        HOST_NAME("alias"),
        /** The name is that of the other model, and a format or the mark of an adapter or a merge. */
        SAME_WORDS("name"),
        /** The name holds that of the other model. */
        HELD_WORDS("name");

        private final String method;

        Rule(String method) {
            this.method = method;
        }

        /** Returns what stands as method in the evidence. */
        String method() {
            return method;
        }
    }

    /** Score in steps of a twentieth, rounded down: what moves within a step is no news. */
    double step() {
        return Math.floor(score * 20) / 20;
    }
}
