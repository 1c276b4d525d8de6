package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.bills.BillFormat;
import io.modelwatch.history.bills.G7Gauge;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The forms in which one MBOM is served. */
final class BillForms {

    static final Param FORMAT = Param.choice(
            "format",
            "json; a CycloneDX ML-BOM or an SPDX document; g7: what it has of the minimum elements of the G7's SBOM for"
                    + " AI. If absent, as Accept says (application/vnd.cyclonedx+json, application/spdx+json), else json",
            "json",
            "cyclonedx",
            "spdx",
            "g7");
    static final Param SPEC = Param.choice("spec", "version of CycloneDX; 1.6 if absent", "1.6", "1.7");

    private BillForms() {}

    /** @param mbom the MBOM in its JSON form */
    static void answer(Context context, Arguments arguments, String mbom) {
        String format = arguments.text(FORMAT.name());
        String accept = accepted(context);
        if (format == null) {
            format = accept.contains("application/vnd.cyclonedx+json")
                    ? "cyclonedx"
                    : accept.contains("application/spdx+json") ? "spdx" : "json";
        }
        String spec = spec(arguments, format, accept);
        switch (format) {
            case "cyclonedx" ->
                bill(context, mbom, spec.equals("1.7") ? BillFormat.CYCLONEDX_1_7 : BillFormat.CYCLONEDX_1_6);
            case "spdx" -> bill(context, mbom, BillFormat.SPDX);
            case "g7" -> context.contentType("application/json").result(G7Gauge.write(mbom));
            default -> context.contentType("application/json").result(mbom);
        }
    }

    private static String spec(Arguments arguments, String format, String accept) {
        @Nullable String spec = arguments.text(SPEC.name());
        if (spec != null && !format.equals("cyclonedx")) {
            throw new Problem(400, "spec: only with format=cyclonedx");
        }
        return spec != null ? spec : accept.replace("\"", "").contains("version=1.7") ? "1.7" : "1.6";
    }

    private static String accepted(Context context) {
        String accept = context.header("Accept");
        return accept == null ? "" : accept.toLowerCase(Locale.ROOT).replace(" ", "");
    }

    private static void bill(Context context, String mbom, BillFormat format) {
        context.header("Vary", "Accept").contentType(format.mediaType()).result(format.write(mbom));
    }
}
