package io.modelwatch.producers;

import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Quartz' way to a tick; of several instances one ticks. */
@DisallowConcurrentExecution
final class TickJob implements Job {

    private static final Logger LOGGER = LoggerFactory.getLogger(TickJob.class);

    private final Runnable tick;

    TickJob(Runnable tick) {
        this.tick = tick;
    }

    @Override
    public void execute(JobExecutionContext context) {
        try {
            tick.run();
        } catch (RuntimeException e) {
            LOGGER.atWarn().addKeyValue("error", e.getMessage()).log("Tick not published; the next one will be");
        }
        var interrupted = Thread.interrupted();
        LOGGER.atTrace().addKeyValue("interrupted", interrupted).log("Job ends");
    }
}
