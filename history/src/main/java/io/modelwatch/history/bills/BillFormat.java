package io.modelwatch.history.bills;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The formats in which a bill is given away. The same revision is the same bytes, whoever asks and when. */
public enum BillFormat {
    /** CycloneDX 1.6. */
    CYCLONEDX_1_6("application/vnd.cyclonedx+json; version=1.6") {
        @Override
        String write(Bill bill) {
            return CycloneDx.write(bill, CycloneDx.Spec.V1_6);
        }
    },
    /** CycloneDX 1.7: as 1.6, with citations. */
    CYCLONEDX_1_7("application/vnd.cyclonedx+json; version=1.7") {
        @Override
        String write(Bill bill) {
            return CycloneDx.write(bill, CycloneDx.Spec.V1_7);
        }
    },
    /** SPDX 3.0.1 as JSON-LD. */
    SPDX("application/spdx+json") {
        @Override
        String write(Bill bill) {
            return Spdx.write(bill);
        }
    };

    /** Decimals keep every digit. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final String mediaType;

    BillFormat(String mediaType) {
        this.mediaType = mediaType;
    }

    /** Returns the media type, with its version where the type has one. */
    public String mediaType() {
        return mediaType;
    }

    /**
     * Returns a bill in this format, as JSON.
     *
     * @param mbom one revision of an MBOM in its JSON form
     * @throws IllegalArgumentException if the text is no MBOM
     */
    public String write(String mbom) {
        return write(read(mbom));
    }

    abstract String write(Bill bill);

    static Bill read(String mbom) {
        JsonNode document = JSON.readTree(mbom);
        return Bill.read(document);
    }
}
