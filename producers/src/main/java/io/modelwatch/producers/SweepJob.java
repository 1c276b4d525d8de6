package io.modelwatch.producers;

import java.util.Objects;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;

/** Quartz' way to a {@link SweepRunner}; one source never sweeps twice at a time. */
@DisallowConcurrentExecution
public final class SweepJob implements Job {

    static final String RUNNER = "runner";

    @Override
    public void execute(JobExecutionContext context) throws JobExecutionException {
        SweepRunner runner = (SweepRunner)
                Objects.requireNonNull(context.getMergedJobDataMap().get(RUNNER), RUNNER);
        try {
            runner.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Nothing was published, so nothing is lost: the next sweep says it all again.
            throw new JobExecutionException(e.getMessage(), e, false);
        }
    }
}
