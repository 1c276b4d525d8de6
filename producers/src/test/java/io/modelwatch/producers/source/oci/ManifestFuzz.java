package io.modelwatch.producers.source.oci;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.modelwatch.producers.Fuzzed;
import io.modelwatch.producers.registry.Manifest;
import io.modelwatch.producers.source.Json;
import io.modelwatch.producers.source.SampleDocument;
import io.modelwatch.producers.source.SourceException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Manifests of registries, and the configurations that they name. */
class ManifestFuzz {

    private static final String DIGEST = "sha256:" + "a".repeat(64);

    static Stream<Arguments> samples() {
        return Stream.concat(
                Fuzzed.recorded("recorded/hubs", "ollama-.*\\.json"),
                Fuzzed.texts("""
                        {"schemaVersion":2,"artifactType":"application/vnd.cncf.model.manifest.v1+json","config":{"mediaType":"application/vnd.cncf.model.config.v1+json","digest":"%1$s","size":2},"layers":[{"mediaType":"application/vnd.cncf.model.weight.v1.raw","digest":"%1$s","size":5,"annotations":{"org.cncf.model.filepath":"a/b.gguf"}}]}
                        """.formatted(DIGEST), """
                        {"config":{"mediaType":"application/vnd.docker.ai.model.config.v0.2+json","digest":"%1$s"},"layers":[{"mediaType":"application/vnd.docker.ai.gguf.v3","digest":"%1$s"}],"descriptor":{"name":"m","family":"f","licenses":["mit"]},"gguf":{"general.architecture":"llama"}}
                        """.formatted(DIGEST)));
    }

    @MethodSource("samples")
    @FuzzTest
    void aManifestIsReadOrRefused(byte[] body) {
        Json.Document document = SampleDocument.json(body);
        if (document == null) {
            return;
        }
        try {
            Manifest manifest = Manifest.of(document, "a/b:c");
            // The same document stands for the configuration: it is as foreign.
            Fuzzed.mustBeWritable(OciModel.reading("pkg:oci/h/a/b:c", manifest, document.root(), document.evidence())
                    .facts());
        } catch (SourceException refused) {
            // Said so.
        }
    }
}
