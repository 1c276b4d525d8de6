package io.modelwatch.app.cli;

import io.modelwatch.history.ledger.LedgerKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Proves that the history of deployments is as it was recorded, or names the first break. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Proves that no MBOM and no state of an alert was altered, inserted or dropped since it was recorded, or"
                    + " names",
            "the first break; of one deployment, or of all. Exit status 1 if something does not hold."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch verify",
            "  modelwatch verify support-copilot",
            "  modelwatch verify --save /mnt/elsewhere/ledger.json",
            "  modelwatch verify --against /mnt/elsewhere/ledger.json --key modelwatch-ledger.pub.pem"
        })
final class VerifyCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int MAX_FILE = 64 << 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(arity = "0..1", paramLabel = "DEPLOYMENT", description = "the deployment's id")
    private @Nullable String deployment;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "public key (PEM) that must have signed, not the one that the API tells")
    private @Nullable String key;

    @Option(
            names = "--save",
            paramLabel = "FILE",
            description = "note the newest seal there if all holds, to be kept where nobody can reach both")
    private @Nullable String save;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "a seal that was noted with --save: it must still be there, or the end was dropped")
    private @Nullable String against;

    @Override
    public Integer call() {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("deployment", deployment == null ? "" : deployment);
        if (against != null) {
            query.put("seal", noted(against));
        }
        JsonNode report = api.client().get("/v1/ledger/verification", query, PATIENCE);
        PrintWriter out = spec.commandLine().getOut();
        boolean holds = report.path("holds").asBoolean(false);
        if (!holds) {
            broken(report, out);
        }
        JsonNode newest = report.path("newest");
        if (key != null && !signed(newest, read(key))) {
            out.println("BROKEN: the newest seal is not signed with the key of " + key);
            holds = false;
        }
        if (holds) {
            out.println(Text.plain("holds: " + Text.at(report, "rows") + " rows in " + Text.at(report, "chains")
                    + " chains, " + Text.at(report, "seals") + " seals"
                    + (newest.isObject()
                            ? "; the newest is seal " + Text.at(newest, "seal") + " of " + Text.at(newest, "at")
                                    + " by key " + Text.at(newest, "key")
                            : "")));
            if (save != null) {
                save(newest, save);
            }
        }
        out.flush();
        return holds ? 0 : 1;
    }

    private static void broken(JsonNode report, PrintWriter out) {
        String what = "BROKEN: ";
        for (JsonNode one : report.path("breaks")) {
            out.println(Text.plain(what + Text.at(one, "where") + ": " + Text.at(one, "what")));
            what = "then    ";
        }
        long more = report.path("broken").asLong(0) - report.path("breaks").size();
        if (more > 0) {
            out.println("and " + more + " more");
        }
    }

    private static boolean signed(JsonNode newest, String pem) {
        try {
            return LedgerKey.verifies(
                    pem,
                    HexFormat.of().parseHex(Text.at(newest, "hash")),
                    HexFormat.of().parseHex(Text.at(newest, "signature")));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns the hash of the seal. */
    private static String noted(String file) {
        try {
            JsonNode noted = ApiClient.JSON.readTree(read(file));
            if (noted.path("hash").isString()) {
                return noted.path("hash").stringValue();
            }
        } catch (JacksonException e) {
            // Said below.
        }
        throw new CliException(file + ": not what `modelwatch verify --save` writes");
    }

    private static String read(String file) {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            return new String(in.readNBytes(MAX_FILE), StandardCharsets.UTF_8);
        } catch (IOException | InvalidPathException e) {
            throw new CliException(file + ": cannot be read");
        }
    }

    private static void save(JsonNode newest, String file) {
        if (!(newest instanceof ObjectNode seal)) {
            throw new CliException("nothing was recorded yet: there is no seal to save");
        }
        try {
            Files.writeString(Path.of(file), seal.toPrettyString() + "\n");
        } catch (IOException | InvalidPathException e) {
            throw new CliException(file + ": cannot be written");
        }
    }
}
