package io.modelwatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.modelwatch.app.Programs.Program;
import io.modelwatch.app.cli.ModelwatchCommand;
import io.modelwatch.app.platform.EmbeddedPlatform;
import io.modelwatch.app.platform.PlatformConfig;
import io.modelwatch.app.platform.Ports;
import io.modelwatch.producers.source.ModelIds;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two instances in two racks, each with a copy of the other's stores, resolve one graph. One is killed in the middle and comes back, then is stopped in the middle and stays
 * away; what {@code modelwatch lineage} says agrees with a closure that knows nothing of the topology.
 *
 * <p>With {@code -Dlineage.edges=FILE} the graph is that of a CSV file (or .csv.gz) that begins with the columns
 * {@code child,parent,relation}, such as a hub's declared edges; {@code -Dlineage.seed=N} gives another order of arrival.
 */
class LineageIT {

    private static final long SEED = Long.getLong("lineage.seed", 20261125);
    private static final @Nullable String EDGES = System.getProperty("lineage.edges");
    private static final int MODELS = 1500;
    private static final Duration PATIENCE = Duration.ofMinutes(EDGES == null ? 5 : 45);

    /** Lines in one request. */
    private static final int BATCH = 5_000;

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> RELATIONS = List.of("finetune", "adapter", "quantized", "merge");

    /** Models that only one listing ever showed, which loses them. */
    private static final List<String> GONE = List.of(model("org", 1), model("org", 7), model("org", 30));

    private final Random random = new Random(SEED);
    /** What was last said: the parents of each model, with their relations. */
    private final Map<String, TreeMap<String, String>> said = new TreeMap<>();

    @TempDir
    Path dir;

    @Test
    void shouldAgreeWithAClosureAfterAKillAndWithOneInstanceLess() throws Exception {
        System.out.println("seed " + SEED);
        List<Integer> ports = Ports.free(5);
        PlatformConfig platformConfig =
                new PlatformConfig(dir.resolve("platform"), ports.get(0), ports.get(1), ports.get(2), ports.get(3));
        String url = "http://127.0.0.1:" + ports.get(4);
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(platformConfig, System.out::println);
                Programs programs = new Programs()) {
            Map<String, String> environment = Map.of(
                    "MODELWATCH_KAFKA_BOOTSTRAP",
                    platform.bootstrap(),
                    "MODELWATCH_KAFKA_REGISTRY",
                    platform.registryUrl(),
                    "MODELWATCH_KAFKA_REPLICATION",
                    "1",
                    "MODELWATCH_KAFKA_STANDBY",
                    "1",
                    "MODELWATCH_DATABASE_URL",
                    platform.jdbcUrl().replaceAll("\\?.*", ""),
                    "MODELWATCH_DATABASE_USER",
                    "postgres");
            Program first = programs.start(
                    dir.resolve("first.log"),
                    in("a", environment),
                    List.of(
                            "run",
                            "streams",
                            "alerts",
                            "history",
                            "--data-dir",
                            dir.resolve("first").toString(),
                            "--port",
                            ports.get(4).toString()));
            ready(first, "API at");
            List<String> secondArguments = List.of(
                    "run", "streams", "--data-dir", dir.resolve("second").toString());
            Program second = programs.start(dir.resolve("second.log"), in("b", environment), secondArguments);
            ready(second, "Ctrl-C stops it");

            push(url, EDGES == null ? grow() : recorded(EDGES), false);
            await().atMost(PATIENCE).until(() -> resolved(platform) > said.size() / 5);
            second.kill();
            int atKill = resolved(platform);
            Program again = programs.start(dir.resolve("again.log"), in("b", environment), secondArguments);
            ready(again, "Ctrl-C stops it");
            int atSecond = resolved(platform);
            push(url, EDGES == null ? rearrange() : again(), false);
            again.stop();
            assertThat(again.said()).contains("stopping");
            push(url, sweeps(), true);
            List<String> closure = closure();
            System.out.println(atKill + " ancestries were out at the kill, " + atSecond + " when all was said again, "
                    + resolved(platform) + " at the end, with " + closure.size() + " ancestors of " + said.size()
                    + " models that speak");

            assertThat(atKill).isLessThan(said.size());
            List<String> lines = lines(url);
            assertThat(without(closure, lines)).as("missing").isEmpty();
            assertThat(without(lines, closure)).as("too many").isEmpty();
        }
    }

    private static Map<String, String> in(String rack, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("MODELWATCH_KAFKA_RACK", rack);
        return all;
    }

    private static Set<String> without(List<String> all, List<String> those) {
        Set<String> rest = new TreeSet<>(all);
        those.forEach(rest::remove);
        return rest;
    }

    /** The first word on every model: a forest with merges, self-references and parents that nobody speaks of. */
    private List<String> grow() {
        for (int i = 0; i < MODELS; i++) {
            TreeMap<String, String> parents = new TreeMap<>();
            int count = i == 0 || random.nextInt(12) == 0 ? 0 : random.nextInt(20) == 0 ? 3 : 1;
            for (int p = 0; p < count; p++) {
                // Few models have most of the children.
                int parent = (int) (i * Math.pow(random.nextDouble(), 3));
                parents.put(random.nextInt(40) == 0 ? model("lost", parent) : model("org", parent), relation());
            }
            if (random.nextInt(100) == 0) {
                parents.put(model("org", i), "finetune");
            }
            said.put(model("org", i), parents);
        }
        return again();
    }

    /** The first word on every child of a recording. */
    private List<String> recorded(String file) throws IOException {
        try (InputStream raw = Files.newInputStream(Path.of(file));
                BufferedReader rows = new BufferedReader(new InputStreamReader(
                        file.endsWith(".gz") ? new GZIPInputStream(raw) : raw, StandardCharsets.UTF_8))) {
            assertThat(rows.readLine()).startsWith("child,parent,relation");
            rows.lines().forEach(row -> {
                String[] cells = row.split(",", 4);
                // Two relations to one parent are one edge, of the first by name.
                said.computeIfAbsent(ModelIds.canonical("pkg:huggingface/" + cells[0]), child -> new TreeMap<>())
                        .merge(
                                ModelIds.canonical("pkg:huggingface/" + cells[1]),
                                cells[2],
                                (a, b) -> a.compareTo(b) <= 0 ? a : b);
            });
        }
        return again();
    }

    /** What is said, once more, in another order. */
    private List<String> again() {
        List<String> lines = new ArrayList<>();
        said.forEach((id, parents) -> lines.add(line(id, parents, "2026-03-01T10:00:00Z")));
        Collections.shuffle(lines, random);
        return lines;
    }

    /** Other parents for some, cycles among them. */
    private List<String> rearrange() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < MODELS / 5; i++) {
            String id = model("org", random.nextInt(MODELS));
            TreeMap<String, String> parents = new TreeMap<>(Map.of(model("org", random.nextInt(MODELS)), relation()));
            said.put(id, parents);
        }
        said.forEach((id, parents) -> lines.add(line(id, parents, "2026-03-01T10:05:00Z")));
        Collections.shuffle(lines, random);
        return lines;
    }

    /** Two complete sweeps of one listing, which do not see its models any more: these are removed. */
    private List<String> sweeps() {
        List<String> lines = new ArrayList<>();
        GONE.forEach(id -> said.put(id, new TreeMap<>()));
        for (int minute = 20; minute <= 30; minute += 10) {
            lines.add("{\"kind\":\"sweep\",\"source\":\"huggingface\",\"scope\":\"few\",\"startedAt\":\"2026-03-01T10:"
                    + minute + ":00Z\",\"completedAt\":\"2026-03-01T10:" + minute + ":30Z\",\"outcome\":\"complete\"}");
        }
        return lines;
    }

    private static String line(String id, Map<String, String> parents, String at) {
        StringBuilder refs = new StringBuilder();
        parents.forEach((parent, relation) -> refs.append(refs.isEmpty() ? "" : ",")
                .append("{\"id\":\"%s\",\"relation\":\"%s\"}".formatted(parent, relation)));
        return (GONE.contains(id) ? "{\"scope\":\"few\"," : "{")
                + "\"kind\":\"model\",\"source\":\"huggingface\",\"observedAt\":\"%s\",\"model\":{\"id\":\"%s\",\"parents\":[%s]}}"
                        .formatted(at, id, refs);
    }

    /** Each model with each ancestor and the best path to it, as plain breadth-first search finds it. */
    private List<String> closure() {
        TreeSet<String> lines = new TreeSet<>();
        for (String model : said.keySet()) {
            Map<String, List<String>> paths = new HashMap<>(Map.of(model, List.of()));
            Deque<String> queue = new ArrayDeque<>(List.of(model));
            while (!queue.isEmpty()) {
                String at = queue.remove();
                said.getOrDefault(at, new TreeMap<>()).forEach((parent, relation) -> {
                    if (!paths.containsKey(parent)) {
                        List<String> path = new ArrayList<>(paths.get(at));
                        path.add(relation + " of " + parent);
                        paths.put(parent, path);
                        queue.add(parent);
                        lines.add(model + " " + path.size() + " " + parent + " " + path);
                    }
                });
            }
        }
        return List.copyOf(lines);
    }

    /** The same from the command. */
    private static List<String> lines(String url) {
        StringWriter out = new StringWriter();
        CommandLine command = ModelwatchCommand.commandLine().setOut(new PrintWriter(out, true));
        assertThat(command.execute("lineage", "--all", "--format", "jsonl", "--url", url))
                .isZero();
        TreeSet<String> lines = new TreeSet<>();
        out.toString().lines().forEach(line -> {
            JsonNode one = JSON.readTree(line);
            List<String> path = new ArrayList<>();
            one.path("path")
                    .forEach(step -> path.add(step.path("relation").stringValue() + " of "
                            + step.path("id").stringValue()));
            assertThat(lines.add(one.path("model").stringValue() + " "
                            + one.path("depth").asInt() + " "
                            + one.path("ancestor").stringValue() + " " + path))
                    .as("twice: " + line)
                    .isTrue();
        });
        return List.copyOf(lines);
    }

    private static String model(String owner, int number) {
        return "pkg:huggingface/%s/model-%05d".formatted(owner, number);
    }

    private String relation() {
        return RELATIONS.get(random.nextInt(RELATIONS.size()));
    }

    private static int resolved(EmbeddedPlatform platform) throws SQLException {
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from lineage")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static void ready(Program program, String sign) throws IOException {
        await().atMost(PATIENCE).until(() -> !program.alive() || program.said().contains(sign));
        assertThat(program.alive()).as(program.said()).isTrue();
    }

    /** @param wait until everything that follows from the last of them is out */
    private static void push(String url, List<String> lines, boolean wait) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (int from = 0; from < lines.size(); from += BATCH) {
                List<String> some = lines.subList(from, Math.min(lines.size(), from + BATCH));
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(url + "/v1/observations?wait=" + wait))
                                .header("Content-Type", "application/x-ndjson")
                                .timeout(PATIENCE)
                                .POST(BodyPublishers.ofString(String.join("\n", some) + "\n"))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
        }
    }
}
