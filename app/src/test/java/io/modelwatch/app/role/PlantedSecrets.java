package io.modelwatch.app.role;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.LoggerFactory;

/**
 * Secrets that a test gives to the program wherever one can be given, and looks for afterwards wherever the program says
 * something. What is written to the logs meanwhile is kept, as text and as JSON, at levels that nobody runs with.
 */
public final class PlantedSecrets implements AutoCloseable {

    /** What every one of them begins with, so that one that was cut short is found too. */
    public static final String MARK = "PLANTED";

    /** With whom a secret goes where it is a password: in basic authentication both are encoded together. */
    public static final String USER = "kim";

    /** One of these is in every form of every secret. Base64 is cut to what does not depend on what follows. */
    private static final List<String> BEGINNINGS = List.of(
            MARK, base64(MARK).substring(0, 8), base64(USER + ":" + MARK).substring(0, 12));

    private final Path dir;
    private final Map<String, String> planted = new LinkedHashMap<>();
    private final Set<String> found = new LinkedHashSet<>();
    private final List<Appender<ILoggingEvent>> appenders = new ArrayList<>();
    /** Those of the program, which would fill the screen. */
    private final List<Appender<ILoggingEvent>> quiet = new ArrayList<>();

    private final Map<String, ByteArrayOutputStream> logs = new LinkedHashMap<>();
    private final Map<String, Level> levels = new LinkedHashMap<>();
    private long heard;

    /** @param dir where files with secrets are written */
    public PlantedSecrets(Path dir) throws IOException {
        this.dir = Files.createDirectories(dir);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.iteratorForAppenders().forEachRemaining(quiet::add);
        quiet.forEach(root::detachAppender);
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setPattern("%d %-5level %logger - %msg %kvp%n%ex{full}");
        listen(context, "text", text);
        listen(context, "JSON", new JsonEncoder());
        level(context, "io.modelwatch", Level.DEBUG);
        // The clients tell their whole configuration at this level.
        level(context, "org.apache.kafka", Level.INFO);
        level(context, "com.zaxxer.hikari", Level.DEBUG);
        level(context, "org.flywaydb", Level.INFO);
        level(context, "io.confluent", Level.INFO);
    }

    private void listen(LoggerContext context, String form, Encoder<ILoggingEvent> encoder) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        logs.put(form, written);
        encoder.setContext(context);
        encoder.start();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setOutputStream(written);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        appenders.add(appender);
    }

    private void level(LoggerContext context, String name, Level level) {
        Logger logger = context.getLogger(name);
        levels.put(name, logger.getLevel());
        logger.setLevel(level);
    }

    /** Returns a new secret. */
    public String plant(String name) {
        return planted.computeIfAbsent(name, n -> MARK + "-" + n + "-7Q2x");
    }

    /** Returns a file with a new secret. */
    public Path file(String name) throws IOException {
        return Files.writeString(dir.resolve(name), plant(name));
    }

    /** Looks through something that the program said. */
    public void hear(String where, String text) {
        heard++;
        if (BEGINNINGS.stream().noneMatch(text::contains)) {
            return;
        }
        for (Map.Entry<String, String> one : planted.entrySet()) {
            for (String form : List.of(one.getValue(), base64(one.getValue()), base64(USER + ":" + one.getValue()))) {
                int at = text.indexOf(form);
                if (at >= 0) {
                    found.add(one.getKey() + " in " + where + ": " + around(text, at));
                }
            }
        }
        int mark = text.indexOf(MARK);
        if (mark >= 0 && found.stream().noneMatch(one -> one.contains(" in " + where + ":"))) {
            found.add("a part of one in " + where + ": " + around(text, mark));
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }

    private static String around(String text, int at) {
        return text.substring(Math.max(0, at - 160), Math.min(text.length(), at + 40));
    }

    /** Looks through every record of every topic whose name has a beginning: key, value and headers. */
    long topics(String bootstrap, String beginning) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        long records = 0;
        try (KafkaConsumer<byte[], byte[]> reader =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = reader.listTopics().values().stream()
                    .flatMap(List::stream)
                    .filter(info -> info.topic().startsWith(beginning))
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> one : reader.poll(Duration.ofMillis(200))) {
                    records++;
                    String where = "the topic " + one.topic();
                    hear(where, one.key() == null ? "" : new String(one.key(), ISO_8859_1));
                    hear(where, one.value() == null ? "" : new String(one.value(), ISO_8859_1));
                    one.headers().forEach(header -> hear(where, new String(header.value(), ISO_8859_1)));
                }
            }
        }
        return records;
    }

    /** Looks through every row of every table. */
    long rows(DataSource database) throws SQLException {
        long rows = 0;
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet names = statement.executeQuery("select format('%I.%I', schemaname, tablename) from pg_tables"
                    + " where schemaname not in ('pg_catalog', 'information_schema')")) {
                while (names.next()) {
                    tables.add(names.getString(1));
                }
            }
            for (String table : tables) {
                try (ResultSet all = statement.executeQuery("select t::text from " + table + " t")) {
                    while (all.next()) {
                        rows++;
                        hear("the table " + table, all.getString(1));
                    }
                }
            }
        }
        return rows;
    }

    /** Looks through every file below a directory, as it lies there; returns how many there are. */
    long files(Path below) throws IOException {
        try (Stream<Path> all = Files.walk(below)) {
            List<Path> files = all.filter(Files::isRegularFile).toList();
            for (Path file : files) {
                hear("the file " + below.relativize(file), new String(Files.readAllBytes(file), ISO_8859_1));
            }
            return files.size();
        }
    }

    /** Looks through what was logged until now; returns its lines. */
    long logs() {
        logs.forEach(
                (form, written) -> written.toString(UTF_8).lines().forEach(line -> hear("the log as " + form, line)));
        return logs.values().stream()
                .mapToLong(ByteArrayOutputStream::size)
                .min()
                .orElse(0);
    }

    /** Returns what was found, and where. */
    public Set<String> found() {
        return found;
    }

    /** Returns how many texts were looked through. */
    public long heard() {
        return heard;
    }

    @Override
    public void close() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        appenders.forEach(appender -> {
            context.getLogger(Logger.ROOT_LOGGER_NAME).detachAppender(appender);
            appender.stop();
        });
        quiet.forEach(context.getLogger(Logger.ROOT_LOGGER_NAME)::addAppender);
        levels.forEach((name, level) -> context.getLogger(name).setLevel(level));
    }
}
