package io.modelwatch.app.cli;

import io.modelwatch.app.config.Setting;
import io.modelwatch.producers.http.EvidenceUrl;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks an instance how it is; what a container's health check calls. */
@Command(
        name = "health",
        mixinStandardHelpOptions = true,
        description = {
            "Asks an instance on this machine whether it is ready, and says what is not; exit code 1 if it is not.",
            "It asks at health.port of the environment, else at the API."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch health",
            "  modelwatch health --live --url http://127.0.0.1:9464",
            "  MODELWATCH_HEALTH_PORT=9464 modelwatch health"
        })
final class HealthCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "where it listens (default: http://127.0.0.1:$MODELWATCH_HEALTH_PORT, else $MODELWATCH_URL,"
                    + " else http://127.0.0.1:8080)")
    private @Nullable String url;

    @Option(names = "--live", description = "ask only whether it is alive, which it is while it starts or restores too")
    private boolean live;

    @Override
    public Integer call() {
        String address = address();
        ApiClient client;
        try {
            client = ApiClient.of(address);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--url: '" + Text.plain(EvidenceUrl.of(address))
                            + "' must be an http or https address without user and password");
        }
        spec.commandLine()
                .getOut()
                .println(client.text(live ? "/health/live" : "/health/ready", Map.of())
                        .strip());
        return 0;
    }

    private String address() {
        if (url != null) {
            return url;
        }
        String port = System.getenv().getOrDefault(Setting.HEALTH_PORT.variable(), "");
        return port.isBlank()
                ? System.getenv().getOrDefault("MODELWATCH_URL", "http://127.0.0.1:8080")
                : "http://127.0.0.1:" + port.strip();
    }
}
