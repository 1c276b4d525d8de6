package io.modelwatch.producers.telemetry;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attributes of a span or a resource. There are few, and only some are asked for. */
record Attributes(List<KeyValue> all) {

    /** Returns the text of an attribute, or null where it is absent, empty or no text. */
    @Nullable
    String text(String key) {
        AnyValue value = value(key);
        return value != null
                        && value.hasStringValue()
                        && !value.getStringValue().isEmpty()
                ? value.getStringValue()
                : null;
    }

    /** Returns the first text that is there. */
    @Nullable
    String first(List<String> keys) {
        for (String key : keys) {
            String text = text(key);
            if (text != null) {
                return text;
            }
        }
        return null;
    }

    /** Returns whether an attribute is true, or a number above 0, as a number or a text. */
    boolean affirms(String key) {
        AnyValue value = value(key);
        if (value == null) {
            return false;
        }
        return switch (value.getValueCase()) {
            case BOOL_VALUE -> value.getBoolValue();
            case INT_VALUE -> value.getIntValue() > 0;
            case DOUBLE_VALUE -> value.getDoubleValue() > 0;
            case STRING_VALUE ->
                value.getStringValue().equalsIgnoreCase("true")
                        || value.getStringValue().matches("[1-9]\\d{0,9}");
            default -> false;
        };
    }

    private @Nullable AnyValue value(String key) {
        for (KeyValue one : all) {
            if (one.getKey().equals(key)) {
                return one.getValue();
            }
        }
        return null;
    }
}
