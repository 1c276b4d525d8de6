package io.modelwatch.app.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/** Shows the MBOM of one deployment, or lists the latest of all. */
@Command(
        name = "mbom",
        mixinStandardHelpOptions = true,
        description = "Shows the bill of a deployment; without one, lists all.",
        footer = {
            "",
            "Examples:",
            "  modelwatch mbom",
            "  modelwatch mbom support-copilot",
            "  modelwatch mbom support-copilot --as-of 2026-03-01T12:00:00Z",
            "  modelwatch mbom support-copilot --as-of 2026-03-01T12:00:00Z --known-at 2026-03-09T00:00:00Z",
            "  modelwatch mbom support-copilot --revision 3 --format json",
            "  modelwatch mbom support-copilot --format cyclonedx --spec 1.7 > support-copilot.cdx.json",
            "  modelwatch mbom support-copilot --format spdx > support-copilot.spdx.json",
            "  modelwatch mbom support-copilot --format g7",
            "  modelwatch mbom support-copilot --diff 3..5",
            "  modelwatch mbom support-copilot --diff 2026-03-01T00:00:00Z..2026-04-01T00:00:00Z --format jsonl"
        })
final class MbomCommand implements Callable<Integer> {
    /** The formats of a bill. */
    enum Format {
        text,
        json,
        jsonl,
        cyclonedx,
        spdx,
        g7;

        /** A form of one bill, which no list of bills has. */
        boolean ofOne() {
            return this == cyclonedx || this == spdx || this == g7;
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private ApiOptions api = new ApiOptions();

    @Parameters(arity = "0..1", paramLabel = "DEPLOYMENT", description = "the deployment's id")
    private @Nullable String deployment;

    @Option(names = "--revision", paramLabel = "N", description = "this revision, not the latest")
    private @Nullable Integer revision;

    @Option(
            names = "--as-of",
            paramLabel = "T",
            converter = When.class,
            description = "the last revision that was known at a time, or at an age such as 7d")
    private @Nullable Instant asOf;

    @Option(
            names = "--known-at",
            paramLabel = "S",
            converter = When.class,
            description = {
                "with --as-of: what held at T by what was known at S, or at an age (0s: by all that is known); put",
                "together from claims, so that late facts count in the time of which they speak"
            })
    private @Nullable Instant knownAt;

    @Option(
            names = "--diff",
            paramLabel = "A..B",
            description = "what differs between two revisions or times, with the revision and the change behind it")
    private @Nullable String diff;

    @Option(
            names = "--format",
            defaultValue = "text",
            description = {
                "text, json or jsonl; of one bill also cyclonedx (an ML-BOM), spdx (3.0.1 JSON-LD) or",
                "g7 (which minimum elements of the G7's SBOM for AI it has)"
            })
    private Format format = Format.text;

    @Option(names = "--spec", paramLabel = "V", description = "version of CycloneDX: 1.6 or 1.7")
    private @Nullable String cyclonedx;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (format.ofOne() && (deployment == null || diff != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--format " + format + ": name one deployment, and no --diff");
        }
        if (cyclonedx != null && format != Format.cyclonedx) {
            throw new ParameterException(spec.commandLine(), "--spec: only with --format cyclonedx");
        }
        if (diff != null) {
            return differences(diff, out);
        }
        if (knownAt != null && (asOf == null || deployment == null)) {
            throw new ParameterException(
                    spec.commandLine(), "--known-at: name one deployment, and with --as-of the time at which it held");
        }
        if (deployment == null) {
            ListCommand all = new ListCommand() {
                @Override
                public Integer call() {
                    return list(
                            "/v1/mboms",
                            Map.of(),
                            List.of("deployment", "revision", "at", "vendor", "owner", "changed"),
                            Integer.MAX_VALUE,
                            false);
                }
            };
            all.spec = spec;
            all.api = api;
            all.format = format == Format.text ? Output.Format.table : Output.Format.valueOf(format.name());
            return all.call();
        }
        Map<String, String> which = Map.of(
                "revision",
                revision == null ? "" : revision.toString(),
                "asOf",
                ListCommand.text(asOf),
                "knownAt",
                ListCommand.text(knownAt));
        String path = "/v1/mboms/" + ApiClient.encode(deployment);
        if (format.ofOne()) {
            return BillOutput.print(api.client(), path, which, format.name(), cyclonedx, out);
        }
        JsonNode mbom = api.client().get(path, which);
        switch (format) {
            case json -> out.println(mbom.toPrettyString());
            case jsonl -> out.println(mbom);
            default -> text(mbom, out);
        }
        if (out.checkError()) {
            throw new Output.ReaderGone();
        }
        return 0;
    }

    private int differences(String given, PrintWriter out) {
        if (deployment == null || revision != null || asOf != null || knownAt != null) {
            throw new ParameterException(
                    spec.commandLine(), "--diff: name one deployment, and neither --revision nor --as-of");
        }
        MbomDiff.Ends ends;
        try {
            ends = MbomDiff.Ends.of(given);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), "--diff: " + e.getMessage(), e);
        }
        ApiClient client = api.client();
        JsonNode before = bill(client, ends.before());
        JsonNode after = bill(client, ends.after());
        Output.Format form = format == Format.text ? Output.Format.table : Output.Format.valueOf(format.name());
        Output output = new Output(out, form, MbomDiff.COLUMNS, Terminal.detect());
        output.write(MbomDiff.of(before, after, number -> bill(client, new MbomDiff.End(number, null))));
        output.end();
        return 0;
    }

    private JsonNode bill(ApiClient client, MbomDiff.End end) {
        return client.get(
                "/v1/mboms/" + ApiClient.encode(String.valueOf(deployment)),
                Map.of(
                        "revision",
                        end.revision() == null ? "" : end.revision().toString(),
                        "asOf",
                        ListCommand.text(end.asOf())));
    }

    private static void text(JsonNode mbom, PrintWriter out) {
        line(
                out,
                "",
                mbom,
                "deployment",
                "revision",
                "at",
                "asOf",
                "knownAt",
                "serialNumber",
                "vendor",
                "owner",
                "cause",
                "changed");
        for (JsonNode host : mbom.path("hosting")) {
            out.println("hosting       "
                    + Text.plain(Text.at(host, "provider") + " " + Text.at(host, "region") + " "
                            + Text.at(host, "country")));
        }
        for (JsonNode component : mbom.path("components")) {
            out.println();
            out.println(Text.plain(Text.at(component, "role")));
            line(out, "  ", component, "model", "revision", "requested", "served", "license", "datasets");
            for (JsonNode origin : component.path("origins")) {
                out.println("  origin        "
                        + Text.plain(Text.at(origin, "organization") + " " + Text.at(origin, "country") + " "
                                + Text.at(origin, "model")
                                + doubt(confidence(component, Text.at(origin, "model")))));
            }
            for (JsonNode ancestor : component.path("ancestry")) {
                out.println("  " + "  ".repeat(Math.clamp(ancestor.path("depth").asInt(1), 1, 50))
                        + Text.plain(Text.at(ancestor, "relation") + " of " + Text.at(ancestor, "id")
                                + doubt(Text.at(ancestor, "confidence"))));
            }
        }
    }

    private static String confidence(JsonNode component, String model) {
        for (JsonNode ancestor : component.path("ancestry")) {
            if (Text.at(ancestor, "id").equals(model)) {
                return Text.at(ancestor, "confidence");
            }
        }
        return "";
    }

    /** A guess is never shown without its mark; what is declared needs none. */
    private static String doubt(String confidence) {
        return confidence.equals("inferred") ? " (inferred)" : "";
    }

    private static void line(PrintWriter out, String indent, JsonNode node, String... names) {
        for (String name : names) {
            String value = Text.plain(Text.at(node, name));
            if (!value.isEmpty()) {
                out.println(indent + "%-14s".formatted(name) + value);
            }
        }
    }
}
