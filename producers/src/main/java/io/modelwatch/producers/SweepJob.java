package io.modelwatch.producers;

import io.modelwatch.producers.publish.PublishException;
import java.util.Objects;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Quartz' way to a {@link Sweeper}; one source never sweeps twice at a time. */
@DisallowConcurrentExecution
public final class SweepJob implements Job {

    private static final Logger LOGGER = LoggerFactory.getLogger(SweepJob.class);

    static final String RUNNER = "runner";

    @Override
    public void execute(JobExecutionContext context) {
        Sweeper runner =
                (Sweeper) Objects.requireNonNull(context.getMergedJobDataMap().get(RUNNER), RUNNER);
        String source = context.getJobDetail().getKey().getName();
        try {
            var report = runner.run();
            LOGGER.atTrace()
                    .addKeyValue("source", source)
                    .addKeyValue("subjects", report.subjects())
                    .log("Scheduled sweep done");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (PublishException e) {
            LOGGER.atWarn()
                    .addKeyValue("source", source)
                    .addKeyValue("error", e.getMessage())
                    .log("Sweep not published; the next one says it all again");
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("source", source).setCause(e).log("Sweep broke");
        }
    }
}
