package io.modelwatch.app.cli;

import io.modelwatch.producers.intake.VendorBill;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Publishes what vendors announced: JSON Lines, or a bill that a vendor gave. */
@Command(
        name = "disclose",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes what vendors announced (JSON Lines): which models, or hosting countries, and when. A change that the",
            "vendor had announced when it took effect is disclosed, any other silent; neither is an approval.",
            "",
            "A bill that a vendor gave, CycloneDX 1 or SPDX 3 as JSON, is an announcement too: of the models that it",
            "names by package URL, with their versions, and of the countries of its services. What else it holds is",
            "ignored, and said to be."
        },
        footer = {
            "",
            "Examples:",
            "  modelwatch disclose disclosures.jsonl --wait",
            "  modelwatch disclose acme.cdx.json --vendor acme --deployment support-copilot",
            "  modelwatch disclose acme.spdx.json --vendor acme --announced 2026-02-20T00:00:00Z",
            "  echo '{\"id\":\"acme-2026-07\",\"vendor\":\"acme\",\"observedAt\":\"2026-07-01T00:00:00Z\","
                    + "\"models\":[{\"id\":\"pkg:huggingface/Qwen/Qwen3-8B\"}]}' | modelwatch disclose -"
        })
final class DiscloseCommand extends IntakeCommand {
    /** A bill says what it is before it says anything long; its first component alone may be longer. */
    private static final int BEGINNING = 1 << 16;

    @Option(names = "--vendor", paramLabel = "NAME", description = "of a bill: the vendor who gave it")
    private @Nullable String vendor;

    @Option(
            names = "--deployment",
            paramLabel = "ID",
            description = "of a bill: the deployment that it is about; all of the vendor's if absent")
    private @Nullable String deployment;

    @Option(
            names = "--announced",
            paramLabel = "T",
            converter = When.class,
            description = "of a bill: when it was announced; now if absent, whatever time the bill gives itself")
    private @Nullable Instant announced;

    DiscloseCommand() {
        super("/v1/disclosures", "disclosures");
    }

    @Override
    InputStream lines(InputStream in, String name) throws IOException {
        in.mark(BEGINNING);
        String beginning = new String(in.readNBytes(BEGINNING), StandardCharsets.UTF_8);
        in.reset();
        if (vendor == null) {
            if (VendorBill.looksLike(beginning)) {
                throw new CliException(name + ": a bill, not JSON Lines: say with --vendor who gave it");
            }
            if (deployment != null || announced != null) {
                throw new CliException("--deployment and --announced are about a bill; JSON Lines say both themselves");
            }
            return in;
        }
        try {
            VendorBill bill = VendorBill.read(in);
            bill.ignored().forEach(what -> note("ignored: " + what));
            Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
            String line = bill.disclosure(vendor, deployment, now, announced).toString();
            return new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (VendorBill.UnreadableException e) {
            throw new CliException(name + ": " + e.getMessage());
        }
    }
}
