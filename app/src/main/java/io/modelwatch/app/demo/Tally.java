package io.modelwatch.app.demo;

import io.modelwatch.producers.SweepReport;
import io.modelwatch.schemas.avro.SweepOutcome;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the replay itself has done so far. */
final class Tally {

    private int days;
    private long polls;
    private long modelsSeen;
    private long deploymentsSeen;
    private long papers;
    private long disclosures;
    private final Map<String, List<LocalDate>> blind = new LinkedHashMap<>();
    private final Map<String, List<LocalDate>> partial = new LinkedHashMap<>();

    void swept(LocalDate day, SweepReport report) {
        polls++;
        modelsSeen += report.subjects();
        if (report.outcome() == SweepOutcome.FAILED) {
            blind.computeIfAbsent(report.source(), s -> new ArrayList<>()).add(day);
        } else if (report.outcome() == SweepOutcome.PARTIAL) {
            partial.computeIfAbsent(report.source(), s -> new ArrayList<>()).add(day);
        }
    }

    void handedIn(Company.Batch batch) {
        switch (batch.kind()) {
            case OBSERVATION -> deploymentsSeen += batch.lines().size();
            case PROCUREMENT -> papers += batch.lines().size();
            case DISCLOSURE -> disclosures += batch.lines().size();
        }
    }

    void dayDone() {
        days++;
    }

    int days() {
        return days;
    }

    /** Sweeps over sources. */
    long polls() {
        return polls;
    }

    /** Observations: of models by polls and of deployments handed in. */
    long observations() {
        return modelsSeen + deploymentsSeen;
    }

    /** Announcements of vendors handed in. */
    long disclosures() {
        return disclosures;
    }

    /** Procurement events handed in. */
    long papers() {
        return papers;
    }

    /** Days on which a source could not be read, by source. */
    Map<String, List<LocalDate>> blind() {
        return blind;
    }

    /** Days on which a source could be read in part, by source. */
    Map<String, List<LocalDate>> partial() {
        return partial;
    }
}
