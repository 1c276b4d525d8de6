package io.modelwatch.app.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where the API is; shared by every command that talks to it. */
final class ApiOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:MODELWATCH_URL:-http://127.0.0.1:8080}",
            description = "the API of modelwatch (default: $MODELWATCH_URL, else http://127.0.0.1:8080)")
    private String url = "";

    ApiClient client() {
        try {
            return ApiClient.of(url);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--url: '" + Text.plain(url) + "' is not an http or https address");
        }
    }
}
