package io.modelwatch.history.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document, made from the routes that are served. */
final class OpenApi {
    private static final Pattern IN_PATH = Pattern.compile("\\{([^}]+)}");
    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";

    private OpenApi() {}

    static ObjectNode of(List<Route> routes) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "modelwatch")
                .put("version", "1")
                .put(
                        "description",
                        "Changes, lineage, MBOMs, alerts, sources and procurement events, and the way in for lines.");
        ObjectNode paths = document.putObject("paths");
        for (Route route : routes) {
            ObjectNode path =
                    paths.has(route.path()) ? (ObjectNode) paths.path(route.path()) : paths.putObject(route.path());
            operation(path.putObject(route.method().name().toLowerCase(Locale.ROOT)), route);
        }
        ObjectNode components = document.putObject("components");
        schemas(components.putObject("schemas"));
        components
                .putObject("securitySchemes")
                .putObject("token")
                .put("type", "http")
                .put("scheme", "bearer")
                .put(
                        "description",
                        "A token of api.tokens. An operation names the role that it needs: read, triage (reads too), write"
                                + " (reads too) or admin (all of it). Where no tokens are configured, none is asked for.");
        return document;
    }

    private static void operation(ObjectNode operation, Route route) {
        operation.put("summary", route.summary());
        ArrayNode security = operation.putArray("security");
        if (route.role() != null) {
            security.addObject().putArray("token").add(Gate.word(route.role()));
        }
        ArrayNode parameters = operation.putArray("parameters");
        Matcher inPath = IN_PATH.matcher(route.path());
        while (inPath.find()) {
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", inPath.group(1)).put("in", "path").put("required", true);
            parameter.putObject("schema").put("type", "string");
        }
        for (Param param : route.params()) {
            ObjectNode parameter = parameters.addObject();
            parameter.put("name", param.name()).put("in", "query").put("description", param.description());
            if (param.required()) {
                parameter.put("required", true);
            }
            schema(parameter.putObject("schema"), param);
        }
        ObjectNode responses = operation.putObject("responses");
        switch (route.answer()) {
            case LIST -> reference(responses, "200", "A page", JSON, "List");
            case LIVE_LIST -> {
                parameters
                        .addObject()
                        .put("name", "Last-Event-ID")
                        .put("in", "header")
                        .put("description", "id of the last event that the client of a stream has seen")
                        .putObject("schema")
                        .put("type", "string");
                reference(responses, "200", "A page, or a live stream of items", JSON, "List");
                ((ObjectNode) responses.path("200").path("content"))
                        .putObject("text/event-stream")
                        .putObject("schema")
                        .put("type", "string");
            }
            case DOCUMENT -> reference(responses, "200", "The document", JSON, "Document");
            case TICKET_RECEIPT -> {
                body(operation, JSON, "object");
                reference(
                        responses,
                        "200",
                        "The event was published, or the ticket decides nothing: a warning says so",
                        JSON,
                        "Receipt");
                reference(responses, "401", "The sender does not prove to know the secret", PROBLEM, "Problem");
                reference(responses, "422", "The ticket cannot be read as a procurement event", JSON, "Receipt");
            }
            case HINT_RECEIPT -> {
                body(operation, JSON, "object");
                reference(
                        responses,
                        "200",
                        "The source is looked at, or it was about no model: a warning says so",
                        JSON,
                        "Receipt");
                reference(responses, "401", "The sender does not prove to know the secret", PROBLEM, "Problem");
                reference(responses, "503", "Nothing looks at the source just now", PROBLEM, "Problem");
            }
            case CALLBACK_RECEIPT -> {
                body(operation, "application/octet-stream", "string");
                reference(
                        responses,
                        "200",
                        "The actions were published, or it was about no alert: a warning says so",
                        JSON,
                        "Receipt");
                reference(responses, "401", "The sender does not prove to know the secret", PROBLEM, "Problem");
                reference(responses, "422", "The body is in no form that the tool posts", JSON, "Receipt");
            }
            case BILL_RECEIPT -> {
                body(operation, "application/vnd.cyclonedx+json; version=1.6", "object");
                reference(responses, "200", "The observation was published", JSON, "Receipt");
                reference(responses, "401", "The sender does not know the token", PROBLEM, "Problem");
                reference(responses, "422", "The bill or one of its headers is wrong", JSON, "Receipt");
            }
            case OTLP -> otlp(operation, responses);
            case RECEIPT -> {
                body(operation, "application/x-ndjson", "string");
                reference(responses, "200", "All lines were published", JSON, "Receipt");
                reference(responses, "422", "Some lines were refused; the others were published", JSON, "Receipt");
            }
            case TEXT ->
                responses
                        .putObject("200")
                        .put("description", "Text")
                        .putObject("content")
                        .putObject("text/plain")
                        .putObject("schema")
                        .put("type", "string");
        }
        if (route.role() != null) {
            reference(responses, "401", "There is no token, or it is not known", PROBLEM, "Problem");
            reference(responses, "403", "The token's role does not allow it", PROBLEM, "Problem");
        }
        reference(responses, "429", "Too many requests; Retry-After says when", PROBLEM, "Problem");
        reference(responses, "default", "What is wrong", PROBLEM, "Problem");
    }

    /** Errors too are answered as OTLP has them: a google.rpc.Status. */
    private static void otlp(ObjectNode operation, ObjectNode responses) {
        body(operation, Traces.PROTOBUF, "string");
        ((ObjectNode) operation.path("requestBody").path("content"))
                .putObject(JSON)
                .putObject("schema")
                .put("type", "object");
        Map.of(
                        "200", "The spans were published; partial_success says how many were not, and why",
                        "400", "Not an ExportTraceServiceRequest",
                        "413", "Longer than is taken; send smaller batches",
                        "415", "Neither protobuf nor JSON, or packed otherwise than by gzip",
                        "429", "Too many exports at once; Retry-After says when to try again",
                        "503", "Kafka does not take them just now; Retry-After says when to try again")
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> reference(responses, one.getKey(), one.getValue(), JSON, "Document"));
    }

    private static void body(ObjectNode operation, String mediaType, String type) {
        operation
                .putObject("requestBody")
                .put("required", true)
                .putObject("content")
                .putObject(mediaType)
                .putObject("schema")
                .put("type", type);
    }

    private static void schema(ObjectNode schema, Param param) {
        switch (param.type()) {
            case TEXT -> schema.put("type", "string");
            case CHOICE -> {
                schema.put("type", "string");
                ArrayNode values = schema.putArray("enum");
                param.values().forEach(values::add);
            }
            case TIME -> schema.put("type", "string").put("format", "date-time");
            case LIMIT ->
                schema.put("type", "integer")
                        .put("minimum", 1)
                        .put("maximum", Param.MAX_LIMIT)
                        .put("default", Param.DEFAULT_LIMIT);
            case COUNT -> schema.put("type", "integer").put("minimum", 1);
            case FLAG -> schema.put("type", "boolean").put("default", false);
        }
    }

    private static void reference(
            ObjectNode responses, String status, String description, String mediaType, String schema) {
        responses
                .putObject(status)
                .put("description", description)
                .putObject("content")
                .putObject(mediaType)
                .putObject("schema")
                .put("$ref", "#/components/schemas/" + schema);
    }

    private static void schemas(ObjectNode schemas) {
        schemas.putObject("Document").put("type", "object");
        ObjectNode list = object(schemas, "List", "items", "next");
        list.putObject("items").put("type", "array").putObject("items").put("type", "object");
        list.putObject("next")
                .put("description", "cursor of the page that follows; null on the last one")
                .putArray("type")
                .add("string")
                .add("null");
        ObjectNode receipt = object(schemas, "Receipt", "accepted", "errors");
        receipt.putObject("accepted").put("type", "integer");
        lines(receipt.putObject("errors"));
        lines(receipt.putObject("warnings").put("description", "what is odd about lines that were published"));
        ObjectNode problem = object(schemas, "Problem", "type", "title", "status", "detail");
        problem.putObject("type").put("type", "string");
        problem.putObject("title").put("type", "string");
        problem.putObject("status").put("type", "integer");
        problem.putObject("detail").put("type", "string");
        problem.putObject("parts").put("type", "object").put("description", "trouble of each part, if not ready");
    }

    private static void lines(ObjectNode list) {
        ObjectNode line = list.put("type", "array").putObject("items").put("type", "object");
        ObjectNode fields = line.putObject("properties");
        fields.putObject("line").put("type", "integer").put("minimum", 1);
        fields.putObject("field").put("type", "string");
        fields.putObject("message").put("type", "string");
    }

    private static ObjectNode object(ObjectNode schemas, String name, String... required) {
        ObjectNode schema = schemas.putObject(name).put("type", "object");
        ArrayNode names = schema.putArray("required");
        for (String one : required) {
            names.add(one);
        }
        return schema.putObject("properties");
    }
}
