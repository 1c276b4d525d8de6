package io.modelwatch.schemas;

import org.apache.avro.util.ClassSecurityValidator;
import org.apache.avro.util.ClassSecurityValidator.ClassSecurityPredicate;

/**
 * Avro 1.12 loads no class by a name that it reads in a schema unless the class is trusted. Only our generated classes
 * are added to what the process trusts already.
 */
public final class AvroTrust {

    private static final String GENERATED = "io.modelwatch.schemas.avro";

    private static boolean established;

    private AvroTrust() {}

    /** Adds our generated classes, once; called by every class through which the generated ones are used. */
    public static synchronized void establish() {
        if (!established) {
            ClassSecurityPredicate before = ClassSecurityValidator.getGlobal();
            ClassSecurityPredicate ours = type -> type.getPackageName().equals(GENERATED);
            ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(before, ours));
            established = true;
        }
    }
}
