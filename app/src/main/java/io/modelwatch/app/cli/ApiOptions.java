package io.modelwatch.app.cli;

import io.modelwatch.producers.http.EvidenceUrl;
import io.modelwatch.schemas.tls.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
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

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "a file with the token for the API (default: $MODELWATCH_TOKEN, else none)")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            defaultValue = "${env:MODELWATCH_CA_FILE}",
            description = "certificates (PEM) of the authorities that are believed where the API speaks HTTPS (default:"
                    + " $MODELWATCH_CA_FILE, else those that Java believes)")
    private @Nullable Path authorities;

    ApiClient client() {
        SSLContext trust = trust();
        try {
            return ApiClient.of(url, token(), trust);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--url: '" + Text.plain(EvidenceUrl.of(url))
                            + "' must be an http or https address without user and password");
        }
    }

    private @Nullable SSLContext trust() {
        try {
            return authorities == null ? null : Pem.trusting(authorities);
        } catch (IllegalArgumentException e) {
            throw new CliException("--ca-file: " + e.getMessage());
        }
    }

    private String token() {
        String token;
        if (tokenFile == null) {
            token = System.getenv().getOrDefault("MODELWATCH_TOKEN", "").strip();
        } else {
            try {
                token = Files.readString(tokenFile).strip();
            } catch (IOException e) {
                throw new CliException("--token-file: " + tokenFile + " cannot be read");
            }
        }
        // Anything else cannot stand in a header, and must not stand in an error.
        if (!token.matches("[\\x21-\\x7e]*")) {
            throw new CliException("the token has spaces or other characters that no token has");
        }
        return token;
    }
}
