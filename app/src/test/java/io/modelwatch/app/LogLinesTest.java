package io.modelwatch.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** What a line of the log says, by the configuration that is shipped. */
class LogLinesTest {

    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void configure() throws Exception {
        context.putProperty("MODELWATCH_LOG_FORMAT", "text");
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogLinesTest.class.getResource("/logback.xml"));
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void aLineSaysItsPairsAndWhatItsThreadIsAbout() {
        assertThat(line(List.of(new KeyValuePair("delivery", "soc")), Map.of("correlationId", "c0ffee")))
                .endsWith("WARN  i.m.a.delivery.Lane - not delivered delivery=\"soc\" correlationId=c0ffee\n");
        assertThat(line(List.of(), Map.of("correlationId", "c0ffee")))
                .endsWith(" - not delivered correlationId=c0ffee\n");
    }

    @Test
    void nothingStandsForWhatThereIsNot() {
        assertThat(line(List.of(new KeyValuePair("delivery", "soc")), Map.of()))
                .endsWith(" - not delivered delivery=\"soc\"\n");
        assertThat(line(List.of(), Map.of())).endsWith(" - not delivered\n");
    }

    private String line(List<KeyValuePair> pairs, Map<String, String> about) {
        Logger logger = context.getLogger("io.modelwatch.alerts.delivery.Lane");
        LoggingEvent event = new LoggingEvent("caller", logger, Level.WARN, "not delivered", null, null);
        event.setMDCPropertyMap(about);
        pairs.forEach(event::addKeyValuePair);
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>)
                context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("STDERR");
        return new String(appender.getEncoder().encode(event), UTF_8);
    }
}
