package io.modelwatch.app.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where copies of the stores of the topologies are kept.
 *
 * @param standby copies of each store in other instances, beside the one at work
 * @param rack rack or zone of this instance, or null where it is not told
 */
public record Placement(int standby, @Nullable String rack) {

    /** One instance, anywhere. */
    public static final Placement ALONE = new Placement(0, null);

    private static final Pattern RACK = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    /** Checks the rack. */
    public Placement {
        if (rack != null && !RACK.matcher(rack).matches()) {
            throw new IllegalArgumentException("kafka.rack is '" + rack
                    + "': letters, digits, '.', '_' and '-' only, at most 100, for example eu-west-1a");
        }
    }

    static Placement of(Values values) {
        return new Placement(values.number(Setting.KAFKA_STANDBY, 0, 4), values.find(Setting.KAFKA_RACK));
    }
}
