package io.modelwatch.connect;

import io.modelwatch.app.platform.Ports;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A worker of Kafka Connect in this process, with the settings of {@code worker.properties} at other addresses. */
final class ConnectWorker implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Connect<?> connect;
    private final URI address;
    private final HttpClient http = HttpClient.newHttpClient();

    private ConnectWorker(Connect<?> connect, URI address) {
        this.connect = connect;
        this.address = address;
    }

    /**
     * Starts a worker.
     *
     * @param secrets the one directory from which connectors may read
     */
    static ConnectWorker start(String bootstrap, Path secrets) throws IOException {
        Properties file = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of("worker.properties"))) {
            file.load(in);
        }
        Map<String, String> settings = new HashMap<>();
        file.stringPropertyNames().forEach(name -> settings.put(name, file.getProperty(name)));
        String address = "http://127.0.0.1:" + Ports.free(1).getFirst();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("listeners", address);
        settings.put("config.providers.file.param.allowed.paths", secrets.toString());
        for (String topic : new String[] {"config", "offset", "status"}) {
            settings.put(topic + ".storage.replication.factor", "1");
        }
        // Few partitions: there are hardly any offsets, and each costs files.
        settings.put("offset.storage.partitions", "1");
        settings.put("status.storage.partitions", "1");
        // A task that gets no records looks after commits so often; a minute by default.
        settings.put("offset.flush.interval.ms", "1000");
        // Everything is on the class path; it need not be scanned.
        settings.remove("plugin.path");
        settings.put("plugin.discovery", "service_load");
        return new ConnectWorker(new ConnectDistributed().startConnect(settings), URI.create(address));
    }

    /** Makes a connector. */
    void create(Connector configuration) throws IOException, InterruptedException {
        send("POST", "/connectors", BodyPublishers.ofString(configuration.json()));
    }

    /** Restarts a connector with its tasks. */
    void restart(String connector) throws IOException, InterruptedException {
        send("POST", "/connectors/" + connector + "/restart?includeTasks=true", BodyPublishers.noBody());
    }

    /** What a connector and its tasks do. */
    JsonNode status(String connector) throws IOException, InterruptedException {
        return JSON.readTree(send("GET", "/connectors/" + connector + "/status", BodyPublishers.noBody()));
    }

    private String send(String method, String path, BodyPublisher body) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .header("Content-Type", "application/json")
                        .method(method, body)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IOException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    @Override
    public void close() {
        http.close();
        connect.stop();
        connect.awaitStop();
    }
}
