package io.modelwatch.app.demo;

import java.io.PrintWriter;
import java.time.LocalDate;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Lines above a progress bar; where there is no terminal, a line now and then in the bar's place. Thread-safe. */
final class Screen implements AutoCloseable {

    private static final int WIDTH = 80;
    private static final int REFRESH_MILLIS = 200;

    /** Days between two plain lines. */
    private static final int PLAIN_EVERY = 30;

    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter out;
    private final int days;
    private final @Nullable ProgressBar bar;
    private String drawn = "";

    Screen(PrintWriter out, boolean terminal, int days) {
        this.out = out;
        this.days = days;
        this.bar = terminal
                ? new ProgressBarBuilder()
                        .setTaskName("Replay")
                        .setInitialMax(days)
                        .setUnit(" days", 1)
                        .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                        .setUpdateIntervalMillis(REFRESH_MILLIS)
                        .setConsumer(new DelegatingProgressBarConsumer(this::draw, WIDTH))
                        .build()
                : null;
    }

    private synchronized void draw(String text) {
        drawn = text;
        out.print(CLEAR + text);
        out.flush();
    }

    /** Writes a line. */
    synchronized void line(String text) {
        if (bar == null) {
            out.println(text);
        } else {
            out.println(CLEAR + text);
            out.print(drawn);
        }
        out.flush();
    }

    /** Shows that a day is done. */
    void advance(LocalDate day, int done) {
        if (bar != null) {
            bar.setExtraMessage(day.toString());
            bar.stepTo(done);
        } else if (done % PLAIN_EVERY == 0 || done == days) {
            line("-- day " + done + " of " + days + " done (" + day + ")");
        }
    }

    /** Ends the bar; what is written afterwards stands below it. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            synchronized (this) {
                out.println();
                out.flush();
            }
        }
    }
}
