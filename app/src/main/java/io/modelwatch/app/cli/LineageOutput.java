package io.modelwatch.app.cli;

import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** How lineages are written. Models, lines and deployments are as the API has them. */
interface LineageOutput {

    /** The descendants of a model, asked for only as far as they are written. */
    interface Family {
        /** Their number by depth and relation. */
        JsonNode summary();

        /** Every one as a line, nearer ones before farther ones. */
        void forEach(Consumer<JsonNode> each);
    }

    /** Called before everything else. */
    default void begin() {}

    /**
     * Writes the ancestors of one model.
     *
     * @param deepest most steps to go
     */
    void ancestors(JsonNode model, int deepest);

    /**
     * Writes the descendants of one model.
     *
     * @param deepest most steps that the family goes
     */
    void descendants(String model, Family family, int deepest);

    /** Writes the deployments that run a model or a descendant. */
    void deployments(String model, List<JsonNode> deployments);

    /** Called after everything else. */
    default void end() {}
}
