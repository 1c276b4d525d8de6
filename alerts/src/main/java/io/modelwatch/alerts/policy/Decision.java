package io.modelwatch.alerts.policy;

import io.modelwatch.schemas.avro.Severity;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policies say of one change that is a drift.
 *
 * @param severity how much it matters
 * @param policy name of the policy that set the severity
 * @param version its version
 * @param raises false where it raises no alert
 * @param silencedBy where it raises none: the policy that says so, or {@code policies.baseline}
 * @param opensAt before this time no alert opens for it
 * @param routes names of the ways on which the alert goes out, sorted
 * @param nextStep what to do, null where no policy says it
 * @param logged names of the policies that only report and speak of it
 * @param failures what policies could not be evaluated, and why
 */
public record Decision(
        Severity severity,
        String policy,
        String version,
        boolean raises,
        @Nullable String silencedBy,
        Instant opensAt,
        List<String> routes,
        @Nullable String nextStep,
        List<String> logged,
        List<String> failures) {}
