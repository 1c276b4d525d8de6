package io.modelwatch.connect;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;

/** Records of Avro and rows of Iceberg in one form, of maps, lists and scalars, so that they can be compared. */
final class Plain {

    private Plain() {}

    static Object of(Object value) {
        return switch (value) {
            case null -> null;
            case IndexedRecord entry -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                for (Schema.Field field : entry.getSchema().getFields()) {
                    fields.put(field.name(), of(entry.get(field.pos())));
                }
                yield fields;
            }
            case Record row -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                for (Types.NestedField field : row.struct().fields()) {
                    fields.put(field.name(), of(row.getField(field.name())));
                }
                yield fields;
            }
            case List<?> items -> {
                List<Object> plain = new ArrayList<>();
                items.forEach(item -> plain.add(of(item)));
                yield plain;
            }
            case OffsetDateTime time -> time.toInstant();
            case Enum<?> symbol -> symbol.name();
            case CharSequence text -> text.toString();
            default -> value;
        };
    }
}
