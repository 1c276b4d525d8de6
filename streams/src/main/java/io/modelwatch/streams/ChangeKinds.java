package io.modelwatch.streams;

import io.modelwatch.schemas.avro.ChangeKind;
import org.jspecify.annotations.Nullable;

/** Which kind of change a difference in a field is. */
public final class ChangeKinds {

    /** First part of the path of a deployment's model: {@code models.<role>.<what>}; a role may hold dots. */
    public static final String MODELS = "models.";

    /** First part of the path of what a source's page names of providers and models. */
    private static final String MENTIONS = "attributes.mentions.";

    private ChangeKinds() {}

    /** Returns the kind of a change in a field of a model. */
    public static ChangeKind ofModel(String path, @Nullable Object before, @Nullable Object after) {
        return switch (path) {
            case "revision", "attributes.files" -> ChangeKind.REVISED;
            case "author" -> ChangeKind.AUTHOR_CHANGED;
            // That a source has come to know the owner, or does no longer, is nobody's taking over.
            case "ownerId" ->
                before == null || after == null ? ChangeKind.ATTRIBUTE_CHANGED : ChangeKind.NAMESPACE_TAKEN_OVER;
            case "parents" -> ChangeKind.LINEAGE_REDECLARED;
            case "license" -> ChangeKind.LICENSE_CHANGED;
            case "datasets" -> ChangeKind.DATASETS_CHANGED;
            case "attributes.gated", "attributes.private", "attributes.disabled" -> ChangeKind.ACCESS_CHANGED;
            default -> AttributeKinds.of(path);
        };
    }

    /** Returns the kind of a change in a field of a deployment's bill: of what traffic shows nobody has declared anything. */
    public static ChangeKind ofBill(String path, @Nullable Object before, @Nullable Object after) {
        ChangeKind kind = ofDeployment(path, before, after);
        return kind == ChangeKind.COMPONENT_ADDED && TrafficClaims.isUndeclared(path.substring(MODELS.length()))
                ? ChangeKind.UNDECLARED_MODEL
                : kind;
    }

    /** Returns the kind of a change in a field of a deployment. */
    public static ChangeKind ofDeployment(String path, @Nullable Object before, @Nullable Object after) {
        if (path.startsWith(MODELS)) {
            return switch (path.substring(path.lastIndexOf('.') + 1)) {
                case "id" ->
                    before == null
                            ? ChangeKind.COMPONENT_ADDED
                            : after == null ? ChangeKind.COMPONENT_REMOVED : ChangeKind.MODEL_SWAPPED;
                case "revision" -> ChangeKind.REVISION_MOVED;
                default -> ChangeKind.ROUTING_CHANGED;
            };
        }
        if (path.startsWith(MENTIONS)) {
            return ChangeKind.MENTIONS_CHANGED;
        }
        return switch (path) {
            case "hosting" -> ChangeKind.HOSTING_MOVED;
            case "owner" -> ChangeKind.OWNER_CHANGED;
            case "vendor" -> ChangeKind.VENDOR_CHANGED;
            default -> ChangeKind.ATTRIBUTE_CHANGED;
        };
    }
}
