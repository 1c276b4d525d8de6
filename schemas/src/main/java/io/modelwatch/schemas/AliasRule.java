package io.modelwatch.schemas;

import io.modelwatch.schemas.avro.Confidence;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a name by which a model is called became the id of a model. */
public enum AliasRule {
    /** The operator's own table says so. */
    CONFIGURED(Confidence.DECLARED),
    /** The table that ships says which open weights a provider serves under the name. */
    TABLE(Confidence.INFERRED),
    /** The provider calls models as the hub does that they come from. */
    HUB(Confidence.INFERRED),
    /** A dated snapshot of a name stands for the model of that name. */
    SNAPSHOT(Confidence.INFERRED),
    /** Nothing says what it stands for: the id only spells provider and name. */
    UNRESOLVED(Confidence.UNRESOLVED);

    private final Confidence confidence;

    AliasRule(Confidence confidence) {
        this.confidence = confidence;
    }

    /** Returns how much an id is worth that came to be so. */
    public Confidence confidence() {
        return confidence;
    }

    /** Returns its name as records and evidence have it. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the rule of a name; one that is not known here resolves nothing. */
    public static AliasRule of(@Nullable String title) {
        for (AliasRule rule : values()) {
            if (rule.title().equals(title)) {
                return rule;
            }
        }
        return UNRESOLVED;
    }
}
