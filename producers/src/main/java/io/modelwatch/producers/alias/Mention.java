package io.modelwatch.producers.alias;

/**
 * A name of a provider, a model or a practice in somebody's text. It is evidence that the text speaks of it, and nothing more.
 *
 * @param kind what is named
 * @param words as they are written there
 * @param id {@code provider:openai}; the package URL of a model; {@code family:anthropic/claude} where no version is named;
 *     {@code practice:llm}
 * @param sentence the sentence that it stands in
 * @param denied whether that sentence may say that it is not used, or no more
 */
public record Mention(Kind kind, String words, String id, String sentence, boolean denied) {

    /** What a name is a name of. */
    public enum Kind {
        /** Who makes or serves models. */
        PROVIDER,
        /** A model, by a name with a version, size or the like. */
        MODEL,
        /** Models of one name, which of them is not said. */
        FAMILY,
        /** That models are used, whichever they are. */
        PRACTICE
    }
}
