package io.modelwatch.producers;

import io.modelwatch.producers.http.HttpFetcher;
import io.modelwatch.producers.source.DisclosureSource;
import io.modelwatch.producers.source.Hints;
import io.modelwatch.producers.source.ProcurementSource;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Source;
import io.modelwatch.producers.source.azure.AzureConfig;
import io.modelwatch.producers.source.azure.AzureSource;
import io.modelwatch.producers.source.bedrock.BedrockConfig;
import io.modelwatch.producers.source.bedrock.BedrockSource;
import io.modelwatch.producers.source.disclosure.DisclosureFileConfig;
import io.modelwatch.producers.source.disclosure.DisclosureFileSource;
import io.modelwatch.producers.source.feed.FeedConfig;
import io.modelwatch.producers.source.feed.FeedSource;
import io.modelwatch.producers.source.folder.FolderConfig;
import io.modelwatch.producers.source.folder.FolderSource;
import io.modelwatch.producers.source.huggingface.HuggingFaceConfig;
import io.modelwatch.producers.source.huggingface.HuggingFaceHints;
import io.modelwatch.producers.source.huggingface.HuggingFaceSource;
import io.modelwatch.producers.source.jira.JiraConfig;
import io.modelwatch.producers.source.jira.JiraSource;
import io.modelwatch.producers.source.jsonlist.JsonListConfig;
import io.modelwatch.producers.source.jsonlist.JsonListSource;
import io.modelwatch.producers.source.kubernetes.KubernetesConfig;
import io.modelwatch.producers.source.kubernetes.KubernetesSource;
import io.modelwatch.producers.source.litellm.LiteLlmConfig;
import io.modelwatch.producers.source.litellm.LiteLlmSource;
import io.modelwatch.producers.source.mlflow.MlflowConfig;
import io.modelwatch.producers.source.mlflow.MlflowHints;
import io.modelwatch.producers.source.mlflow.MlflowSource;
import io.modelwatch.producers.source.modelfiles.ModelFilesConfig;
import io.modelwatch.producers.source.modelfiles.ModelFilesSource;
import io.modelwatch.producers.source.modelscope.ModelScopeConfig;
import io.modelwatch.producers.source.modelscope.ModelScopeSource;
import io.modelwatch.producers.source.oci.OciConfig;
import io.modelwatch.producers.source.oci.OciSource;
import io.modelwatch.producers.source.ollamaregistry.OllamaRegistryConfig;
import io.modelwatch.producers.source.ollamaregistry.OllamaRegistrySource;
import io.modelwatch.producers.source.openrouter.OpenRouterConfig;
import io.modelwatch.producers.source.openrouter.OpenRouterSource;
import io.modelwatch.producers.source.page.PageConfig;
import io.modelwatch.producers.source.page.PageSource;
import io.modelwatch.producers.source.runtime.RuntimeConfig;
import io.modelwatch.producers.source.runtime.RuntimeSource;
import io.modelwatch.producers.source.servicenow.ServiceNowConfig;
import io.modelwatch.producers.source.servicenow.ServiceNowSource;
import io.modelwatch.producers.source.vertex.VertexConfig;
import io.modelwatch.producers.source.vertex.VertexSource;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The families of sources: a new one is a package under {@code source} and a constant here. */
public enum SourceType {
    /** Models of the Hugging Face Hub. */
    HUGGINGFACE(
            "huggingface",
            HuggingFaceConfig.KEYS,
            observes(
                            HuggingFaceConfig::of,
                            (config, around) -> new HuggingFaceSource(config, around.http(), around.clock()))
                    .withHints(HuggingFaceHints::of)),

    /** Models of Ollama's registry, by tag. */
    OLLAMA_REGISTRY(
            "ollama-registry",
            OllamaRegistryConfig.KEYS,
            observes(OllamaRegistryConfig::of, (config, around) -> new OllamaRegistrySource(config, around.http()))),

    /** Models in registries that speak the OCI distribution API. */
    OCI("oci", OciConfig.KEYS, observes(OciConfig::of, (config, around) -> new OciSource(config, around.http()))),

    /** Models of ModelScope. */
    MODELSCOPE(
            "modelscope",
            ModelScopeConfig.KEYS,
            observes(ModelScopeConfig::of, (config, around) -> new ModelScopeSource(config, around.http()))),

    /** Models of an MLflow registry. */
    MLFLOW(
            "mlflow",
            MlflowConfig.KEYS,
            observes(MlflowConfig::of, (config, around) -> new MlflowSource(config, around.name(), around.http()))
                    .withHints(MlflowHints::of)),

    /** Files of models on a disk, as a deployment. */
    MODEL_FILES(
            "model-files",
            ModelFilesConfig.KEYS,
            observes(ModelFilesConfig::of, (config, around) -> new ModelFilesSource(config, around.name()))),

    /** Models of whatever answers with a JSON list of them. */
    JSON_LIST(
            "json-list",
            JsonListConfig.KEYS,
            observes(JsonListConfig::of, (config, around) -> new JsonListSource(config, around.http()))),

    /** Model servers, asked directly. */
    RUNTIME(
            "runtime",
            RuntimeConfig.KEYS,
            observes(RuntimeConfig::of, (config, around) -> new RuntimeSource(config, around.http()))),

    /** Routes of a LiteLLM gateway. */
    LITELLM(
            "litellm",
            LiteLlmConfig.KEYS,
            observes(LiteLlmConfig::of, (config, around) -> new LiteLlmSource(config, around.http()))),

    /** Workloads of a cluster that run a model server. */
    KUBERNETES(
            "kubernetes",
            KubernetesConfig.KEYS,
            observes(KubernetesConfig::of, (config, around) -> new KubernetesSource(config))),

    /** Who serves the models of OpenRouter. */
    OPENROUTER(
            "openrouter",
            OpenRouterConfig.KEYS,
            observes(OpenRouterConfig::of, (config, around) -> new OpenRouterSource(config, around.http()))),

    /** Models and inference profiles of AWS Bedrock. */
    BEDROCK(
            "bedrock",
            BedrockConfig.KEYS,
            observes(BedrockConfig::of, (config, around) -> new BedrockSource(config, around.http()))),

    /** Deployments of an account of Azure OpenAI or AI Foundry. */
    AZURE(
            "azure",
            AzureConfig.KEYS,
            observes(AzureConfig::of, (config, around) -> new AzureSource(config, around.http()))),

    /** Endpoints of a project of Vertex AI, and the models deployed behind each. */
    VERTEX(
            "vertex",
            VertexConfig.KEYS,
            observes(VertexConfig::of, (config, around) -> new VertexSource(config, around.http()))),

    /** What a vendor announces in a feed about models that it retires. */
    FEED("feed", FeedConfig.KEYS, observes(FeedConfig::of, (config, around) -> new FeedSource(config, around.http()))),

    /** What a vendor's page says of its subprocessors and models. */
    PAGE(
            "page",
            PageConfig.KEYS,
            observes(
                    PageConfig::of,
                    (config, around) -> new PageSource(around.name(), config, around.http(), around.clock()))),

    /** What a SaaS vendor says about the models that it runs. */
    DISCLOSURES(
            "disclosures",
            DisclosureFileConfig.KEYS,
            tellsDisclosures(
                    DisclosureFileConfig::of,
                    (config, around) ->
                            new DisclosureFileSource(around.name(), config, around.http(), around.clock()))),

    /** Procurement events in files. */
    PROCUREMENT_FOLDER(
            "procurement-folder",
            FolderConfig.KEYS,
            tellsProcurement(
                    FolderConfig::of, (config, around) -> new FolderSource(around.name(), config, around.clock()))),

    /** Procurement events in Jira. */
    JIRA(
            "jira",
            JiraConfig.KEYS,
            tellsProcurement(
                    JiraConfig::of, (config, around) -> new JiraSource(config, around.http(), around.clock()))),

    /** Procurement events in ServiceNow. */
    SERVICENOW(
            "servicenow",
            ServiceNowConfig.KEYS,
            tellsProcurement(
                    ServiceNowConfig::of,
                    (config, around) -> new ServiceNowSource(config, around.http(), around.clock())));

    /**
     * What a source works with.
     *
     * @param name the source's name
     * @param http the source's own, with its rate
     */
    record Around(String name, HttpFetcher http, InstantSource clock) {}

    /** How a family reads its settings and opens a source: one that observes, or tells of procurement or of disclosures. */
    private record Family(
            Function<Settings, ?> reads,
            @Nullable BiFunction<Settings, Around, Source> source,
            @Nullable BiFunction<Settings, Around, ProcurementSource> procurement,
            @Nullable BiFunction<Settings, Around, DisclosureSource> disclosures,
            Function<Settings, @Nullable Hints> hints) {

        Family withHints(Function<Settings, @Nullable Hints> hints) {
            return new Family(reads, source, procurement, disclosures, hints);
        }
    }

    private final String title;
    private final Set<String> keys;
    private final Family family;

    SourceType(String title, Set<String> keys, Family family) {
        this.title = title;
        this.keys = keys;
        this.family = family;
    }

    private static <C> Family observes(Function<Settings, C> reads, BiFunction<C, Around, Source> opens) {
        return new Family(
                reads, (settings, around) -> opens.apply(reads.apply(settings), around), null, null, settings -> null);
    }

    private static <C> Family tellsDisclosures(
            Function<Settings, C> reads, BiFunction<C, Around, DisclosureSource> opens) {
        return new Family(
                reads, null, null, (settings, around) -> opens.apply(reads.apply(settings), around), settings -> null);
    }

    private static <C> Family tellsProcurement(
            Function<Settings, C> reads, BiFunction<C, Around, ProcurementSource> opens) {
        return new Family(
                reads, null, (settings, around) -> opens.apply(reads.apply(settings), around), null, settings -> null);
    }

    /** Returns the family of a name, if there is one. */
    public static Optional<SourceType> of(String title) {
        return Arrays.stream(values()).filter(one -> one.title.equals(title)).findFirst();
    }

    /** Returns the names of all families, for messages. */
    static String titles() {
        return Arrays.stream(values()).map(SourceType::title).collect(Collectors.joining(", "));
    }

    /** Returns the name by which it is chosen. */
    public String title() {
        return title;
    }

    /** Returns whether its sources tell of procurement events. */
    public boolean tellsProcurement() {
        return family.procurement != null;
    }

    /** Returns whether its sources tell what vendors announced; those of neither kind observe models or deployments. */
    public boolean tellsDisclosures() {
        return family.disclosures != null;
    }

    /** Returns the legal keys of its settings. */
    public Set<String> keys() {
        return keys;
    }

    /** Returns how hints are held against their secret, or null where none are taken. */
    @Nullable
    Hints hints(Settings settings) {
        return family.hints.apply(settings);
    }

    /** @throws IllegalArgumentException if a setting is missing or illegal */
    void check(Settings settings) {
        var unused = family.reads.apply(settings);
    }

    Source open(Settings settings, Around around) {
        if (family.source == null) {
            throw new IllegalStateException(title + " observes nothing");
        }
        return family.source.apply(settings, around);
    }

    ProcurementSource openProcurement(Settings settings, Around around) {
        if (family.procurement == null) {
            throw new IllegalStateException(title + " tells of no procurement events");
        }
        return family.procurement.apply(settings, around);
    }

    DisclosureSource openDisclosures(Settings settings, Around around) {
        if (family.disclosures == null) {
            throw new IllegalStateException(title + " tells of no disclosures");
        }
        return family.disclosures.apply(settings, around);
    }
}
