package io.modelwatch.app.cli;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** How lineages are written. Models, lines and deployments are as the API has them. */
interface LineageOutput {

    /** Called before everything else. */
    default void begin() {}

    /**
     * Writes the ancestors of one model.
     *
     * @param deepest most steps to go
     */
    void ancestors(JsonNode model, int deepest);

    /** Returns whether a whole family is held before it is written, so that a large one must be summarised. */
    default boolean draws() {
        return false;
    }

    /** Begins the descendants of a model. */
    default void descendants(String model) {}

    /** Takes one descendant; nearer ones come before farther ones. */
    void descendant(JsonNode line);

    /** Ends the descendants of a model. */
    default void descendantsEnd() {}

    /** Writes a family that is too large to be drawn. */
    default void family(JsonNode summary, int deepest, int limit) {
        throw new UnsupportedOperationException();
    }

    /** Writes the deployments that run a model or a descendant. */
    void deployments(String model, List<JsonNode> deployments);

    /** Called after everything else. */
    default void end() {}
}
