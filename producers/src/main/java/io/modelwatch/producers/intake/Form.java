package io.modelwatch.producers.intake;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** The objects of the input forms and the fields each may have; docs/json describes the same. */
enum Form {
    MODEL_LINE("kind source observedAt model", "scope effectiveAt confidence evidence"),
    DEPLOYMENT_LINE("kind source observedAt deployment", "scope effectiveAt confidence evidence"),
    SWEEP_LINE("kind source startedAt completedAt outcome", "scope error removalSweeps"),
    MODEL("id", "revision author ownerId parents license datasets attributes"),
    PARENT("id relation", ""),
    DEPLOYMENT("id models", "type vendor owner hosting attributes"),
    DEPLOYED_MODEL("id role", "revision requested served weight"),
    HOSTING("", "provider region country"),
    EVIDENCE("", "url sha256 method"),
    PROCUREMENT_EVENT("id type issuedAt subject", "allows once validFrom validTo approver reference"),
    REVOCATION("id type issuedAt revokes", "validFrom approver reference"),
    SUBJECT("", "deployment vendor model"),
    ALLOWS("", "models origins licenses countries changes"),
    ALERT_ACTION("alert action author", "until reason"),
    DISCLOSURE("id vendor observedAt", "deployment announcedAt source models countries evidence"),
    DISCLOSED_MODEL("id", "revision");

    private final Set<String> required;
    private final Set<String> fields;

    Form(String required, String optional) {
        this.required = words(required);
        this.fields = words(required + " " + optional);
    }

    /** The fields that must be there. */
    Set<String> required() {
        return required;
    }

    /** All fields, the required ones first. */
    Set<String> fields() {
        return fields;
    }

    private static Set<String> words(String text) {
        Set<String> words = new LinkedHashSet<>(Arrays.asList(text.trim().split(" +")));
        words.remove("");
        return words;
    }
}
