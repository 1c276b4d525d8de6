package io.modelwatch.producers.source.runtime;

import io.modelwatch.producers.source.SourceException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The kinds of model servers that can be asked. */
enum Runtime {
    VLLM("vllm", OpenAiModels::read),
    LLAMA_CPP("llama.cpp", OpenAiModels::read),
    TGI("tgi", HuggingFaceInfo::read),
    TEI("tei", HuggingFaceInfo::read),
    TRITON("triton", TritonIndex::read),
    OLLAMA("ollama", OllamaServer::read);

    /** Asks a server for all that it serves. */
    private interface Reads {
        Served read(Runtime runtime, Asking asking) throws SourceException, InterruptedException;
    }

    private final String title;
    private final Reads reads;

    Runtime(String title, Reads reads) {
        this.title = title;
        this.reads = reads;
    }

    String title() {
        return title;
    }

    /** @throws IllegalArgumentException if there is no such kind; it names those that there are */
    static Runtime of(String title) {
        return Arrays.stream(values())
                .filter(one -> one.title.equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("runtime must be one of "
                        + Arrays.stream(values()).map(Runtime::title).collect(Collectors.joining(", "))));
    }

    /**
     * Asks a server for all that it serves.
     *
     * @throws SourceException if it does not answer, or not as this kind does
     */
    Served read(Asking asking) throws SourceException, InterruptedException {
        return reads.read(this, asking);
    }

    /**
     * Returns the kind of a server by what it answers. Only an address that is not there leads on to the next question:
     * any other failure says nothing of the kind.
     *
     * @throws SourceException if it answers like none of them
     */
    static Runtime recognise(Asking asking) throws SourceException, InterruptedException {
        Asking.Answer info = asking.getIfThere("/info");
        if (info != null && info.root().path("model_id").isString()) {
            // Both are of one house; only the one that embeds has the kind of its model in the answer.
            return info.root().has("model_type") ? TEI : TGI;
        }
        Asking.Answer models = asking.getIfThere("/v1/models");
        if (models != null) {
            for (JsonNode one : models.root().path("data")) {
                String owner = one.path("owned_by").asString("");
                if (owner.equals("vllm")) {
                    return VLLM;
                }
                if (owner.equals("llamacpp")) {
                    return LLAMA_CPP;
                }
            }
        }
        if (asking.getIfThere("/api/tags") != null) {
            return OLLAMA;
        }
        if (asking.postIfThere("/v2/repository/index") != null) {
            return TRITON;
        }
        throw new SourceException("no model server that is known answers at " + asking.place()
                + ": check the address, or give its runtime, one of "
                + List.of(values()).stream().map(Runtime::title).collect(Collectors.joining(", ")));
    }
}
