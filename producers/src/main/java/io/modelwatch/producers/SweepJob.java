package io.modelwatch.producers;

import io.modelwatch.producers.publish.LostException;
import io.modelwatch.producers.publish.PublishException;
import java.util.Date;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Quartz' way to a sweep; one source never sweeps twice at a time, at whatever instance. */
@DisallowConcurrentExecution
final class SweepJob implements Job {

    private static final Logger LOGGER = LoggerFactory.getLogger(SweepJob.class);

    /** Sweeps a source. */
    @FunctionalInterface
    interface Sweeps {
        SweepReport sweep(String source) throws InterruptedException;
    }

    private final Sweeps sweeps;

    SweepJob(Sweeps sweeps) {
        this.sweeps = sweeps;
    }

    @Override
    public void execute(JobExecutionContext context) {
        String source = context.getJobDetail().getKey().getName();
        boolean cut = false;
        Date next = context.getNextFireTime();
        if (next != null && next.before(new Date())) {
            // Late by more than an interval: the next one is due too, and one sweep makes up for all that were missed.
            LOGGER.atDebug().addKeyValue("source", source).log("Missed sweep passed over");
            return;
        }
        try {
            forgetHint(context);
            var report = sweeps.sweep(source);
            LOGGER.atTrace()
                    .addKeyValue("source", source)
                    .addKeyValue("subjects", report.subjects())
                    .log("Scheduled sweep done");
        } catch (InterruptedException e) {
            cut = true;
            LOGGER.atDebug().addKeyValue("source", source).log("Sweep cut by the stop");
        } catch (LostException e) {
            LOGGER.atInfo()
                    .addKeyValue("source", source)
                    .addKeyValue("reason", e.getMessage())
                    .log("Another instance has the source");
        } catch (PublishException e) {
            cut = Thread.currentThread().isInterrupted();
            LOGGER.atWarn()
                    .addKeyValue("source", source)
                    .addKeyValue("error", e.getMessage())
                    .log("Sweep not published; the next one says it all again");
        } catch (SchedulerException | RuntimeException e) {
            LOGGER.atError().addKeyValue("source", source).setCause(e).log("Sweep broke");
        }
        // The thread ends with this; Quartz must be able to write down that the job has.
        var interrupted = Thread.interrupted();
        LOGGER.atTrace().addKeyValue("interrupted", interrupted).log("Job ends");
        if (cut) {
            handOn(context);
        }
    }

    /** What this instance does not bring to an end as it stops is for another to do at once. */
    private static void handOn(JobExecutionContext context) {
        try {
            if (context.getScheduler().getMetaData().isJobStoreClustered()) {
                SweepScheduler.putHint(
                        context.getScheduler(), context.getJobDetail().getKey());
            }
        } catch (SchedulerException | RuntimeException e) {
            LOGGER.atInfo()
                    .addKeyValue("source", context.getJobDetail().getKey().getName())
                    .addKeyValue("reason", e.getMessage())
                    .log("A sweep that was cut is made again when it is due");
        }
    }

    /** Whoever hints from now on means something that this pass may have gone by already. */
    private static void forgetHint(JobExecutionContext context) throws SchedulerException {
        TriggerKey hint = SweepScheduler.hint(context.getJobDetail().getKey().getName());
        if (context.getTrigger().getKey().equals(hint)) {
            var there = context.getScheduler().unscheduleJob(hint);
            LOGGER.atTrace().addKeyValue("hinted", there).log("Hint taken");
        }
    }
}
