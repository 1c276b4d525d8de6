package io.modelwatch.producers.intake;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bills of vendors, CycloneDX and SPDX, that become disclosures. */
class VendorBillFuzz {

    private static final Instant NOW = Instant.parse("2026-03-02T00:00:00Z");

    static Stream<Arguments> samples() {
        return Fuzzed.texts("""
                {"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:1","version":1,"metadata":{"component":{"type":"application","name":"a"}},"components":[{"type":"machine-learning-model","name":"m","purl":"pkg:huggingface/Q/W@abc","version":"1","modelCard":{"modelParameters":{"task":"t"}},"pedigree":{"ancestors":[{"type":"machine-learning-model","name":"n"}]},"components":[]}],"services":[{"name":"s","data":[{"flow":"inbound","classification":"c"}]}]}
                """, """
                {"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1"},{"type":"SpdxDocument","spdxId":"urn:d","rootElement":["urn:b"]},{"type":"ai_AIPackage","spdxId":"urn:m","name":"m","software_packageVersion":"1","externalIdentifier":[{"type":"ExternalIdentifier","externalIdentifierType":"packageUrl","identifier":"pkg:huggingface/Q/W"}]},{"type":"Relationship","spdxId":"urn:r","from":"urn:m","relationshipType":"descendantOf","to":["urn:n"]}]}
                """, "{\"spdxVersion\":\"SPDX-2.3\"}");
    }

    @MethodSource("samples")
    @FuzzTest
    void aBillIsReadOrRefused(byte[] document) throws IOException {
        VendorBill bill;
        try {
            bill = VendorBill.read(new ByteArrayInputStream(document));
        } catch (VendorBill.UnreadableException refused) {
            return;
        }
        // What a bill becomes is what the parser takes, or says why not.
        IntakeParser.disclosure(bill.disclosure("vendor", null, NOW, null), 1, InstantSource.fixed(NOW))
                .accepted()
                .forEach(Fuzzed::mustBeWritable);
    }
}
