package io.modelwatch.producers.source.kubernetes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** KServe's InferenceService, {@code serving.kserve.io/v1beta1}: what its predictor is told to serve. */
final class InferenceServices {

    static final ResourceDefinitionContext RESOURCE = new ResourceDefinitionContext.Builder()
            .withGroup("serving.kserve.io")
            .withVersion("v1beta1")
            .withKind("InferenceService")
            .withPlural("inferenceservices")
            .withNamespaced(true)
            .build();

    /** Frameworks that had a field of their own before {@code model} came; each holds what {@code model} holds. */
    private static final List<String> MODEL_FIELDS = List.of(
            "model",
            "huggingface",
            "triton",
            "pytorch",
            "tensorflow",
            "onnx",
            "sklearn",
            "xgboost",
            "lightgbm",
            "pmml");

    private InferenceServices() {}

    static Workload workload(GenericKubernetesResource service, KubernetesSerialization convert) {
        Map<?, ?> predictor =
                map(map(service.getAdditionalProperties().get("spec")).get("predictor"));
        List<Container> containers = new ArrayList<>();
        Map<String, Object> attributes = new HashMap<>();
        String storage = null;
        for (String field : MODEL_FIELDS) {
            Map<?, ?> model = map(predictor.get(field));
            if (!model.isEmpty()) {
                storage = storage(model);
                Object format = map(model.get("modelFormat")).get("name");
                text(attributes, "model_format", format == null && !field.equals("model") ? field : format);
                text(attributes, "serving_runtime", model.get("runtime"));
                containers.add(convert.convertValue(model, Container.class));
                break;
            }
        }
        if (predictor.get("containers") instanceof List<?> list) {
            list.forEach(one -> containers.add(convert.convertValue(one, Container.class)));
        }
        if (predictor.get("canaryTrafficPercent") instanceof Number percent) {
            attributes.put("canary_percent", percent.longValue());
        }
        Map<String, String> annotations = service.getMetadata().getAnnotations();
        text(
                attributes,
                "deployment_mode",
                annotations == null ? null : annotations.get("serving.kserve.io/deploymentMode"));
        return new Workload(
                service.getMetadata().getNamespace(),
                "inferenceservice",
                service.getMetadata().getName(),
                containers,
                storage,
                attributes);
    }

    private static @Nullable String storage(Map<?, ?> model) {
        if (model.get("storageUri") instanceof String uri && !uri.isBlank()) {
            return uri;
        }
        Map<?, ?> storage = map(model.get("storage"));
        return storage.get("key") instanceof String key
                ? "storage://" + key + "/" + (storage.get("path") instanceof String path ? path : "")
                : null;
    }

    private static void text(Map<String, Object> into, String name, @Nullable Object value) {
        if (value instanceof String text && !text.isBlank()) {
            into.put(name, text);
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }
}
