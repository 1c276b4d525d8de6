package io.modelwatch.history.api;

import io.javalin.http.Context;
import io.modelwatch.history.api.Letters.Content;
import io.modelwatch.history.api.Letters.Filter;
import io.modelwatch.history.api.Letters.Letter;
import io.modelwatch.history.api.Letters.Outcome;
import io.modelwatch.history.api.Route.Answer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The operations on dead letters. */
final class LetterRoutes {
    private static final String LIST = "dead-letters";

    private static final List<Param> FILTERS = List.of(
            Param.text("topic", "only of records of this topic: its name, or the part of it such as observations"),
            Param.text("reason", "only where the reason has this in it"),
            Param.time("since", "written at or after this time"),
            Param.time("until", "written before this time"));
    private static final Param REDRIVEN = Param.flag("redriven", "only those that were redriven (true), or others");
    private static final Param ID = Param.text("id", "this letter alone");
    private static final Param ALL = Param.flag("all", "all of them, where no filter is given");
    private static final Param DRY_RUN = Param.flag("dryRun", "only say what would be done");

    private final Letters letters;

    LetterRoutes(Letters letters) {
        this.letters = letters;
    }

    List<Route> all() {
        return List.of(
                Route.get(
                        "/v1/dead-letters",
                        "Records that could not be read and why, in the order in which they were put aside",
                        Answer.LIST,
                        with(REDRIVEN, Param.LIMIT, Param.AFTER),
                        this::list),
                Route.get(
                        "/v1/dead-letters/{id}",
                        "One record that could not be read, with its headers and its value in Base64",
                        Answer.DOCUMENT,
                        List.of(),
                        (context, arguments) -> one(context)),
                Route.post(
                                "/v1/dead-letters/redrive",
                                "Writes records back to their topics as they were, and marks their letters",
                                Answer.DOCUMENT,
                                with(ID, ALL, DRY_RUN),
                                this::redrive)
                        .by(ApiRole.ADMIN));
    }

    private static List<Param> with(Param... more) {
        return Stream.concat(FILTERS.stream(), Stream.of(more)).toList();
    }

    private void list(Context context, Arguments arguments) throws InterruptedException {
        String after = arguments.text(Param.AFTER.name());
        Letters.Page page;
        try {
            page = letters.list(filter(arguments), after == null ? null : Cursor.key(LIST, after), arguments.limit());
        } catch (Intake.UnavailableException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()));
        }
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        ArrayNode items = form.putArray("items");
        page.letters().forEach(letter -> items.add(form(letter)));
        form.put("next", page.more() ? Cursor.of(LIST, page.letters().getLast().place()) : null);
        Answers.json(context, form);
    }

    private void one(Context context) throws InterruptedException {
        String id = Answers.pathParam(context, "id");
        Content content;
        try {
            content = letters.one(id);
        } catch (Intake.UnavailableException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()));
        }
        if (content == null) {
            throw Problem.notFound("no dead letter " + id + "; letters are kept for 30 days");
        }
        ObjectNode form = form(content.letter());
        ObjectNode headers = form.putObject("headers");
        content.headers().forEach(headers::put);
        byte[] value = content.value();
        if (value == null) {
            form.putNull("value");
        } else {
            form.put("value", value);
            String text = text(value);
            if (text != null) {
                form.put("text", text);
            }
        }
        Answers.json(context, form);
    }

    private void redrive(Context context, Arguments arguments) throws InterruptedException {
        String id = arguments.text(ID.name());
        Filter filter = filter(arguments);
        boolean all = arguments.flag(ALL.name());
        int ways = (id == null ? 0 : 1) + (all ? 1 : 0) + (filter.equals(Filter.ALL) ? 0 : 1);
        if (ways != 1) {
            throw new Problem(400, "give id, or filters (topic, reason, since, until), or all=true");
        }
        boolean dryRun = arguments.flag(DRY_RUN.name());
        Outcome outcome;
        try {
            outcome = letters.redrive(id, filter, dryRun);
        } catch (Intake.UnavailableException e) {
            throw Problem.unavailable(String.valueOf(e.getMessage()));
        }
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("dryRun", dryRun);
        form.put(
                "redriven",
                outcome.redriven().values().stream().mapToInt(n -> n).sum());
        ObjectNode topics = form.putObject("topics");
        outcome.redriven().forEach(topics::put);
        ArrayNode left = form.putArray("left");
        outcome.left()
                .forEach((letter, why) -> left.addObject().put("id", letter).put("why", why));
        form.put("more", outcome.more());
        Answers.json(context, form);
    }

    private static Filter filter(Arguments arguments) {
        return new Filter(
                arguments.text("topic"),
                arguments.text("reason"),
                arguments.time("since"),
                arguments.time("until"),
                (Boolean) arguments.value(REDRIVEN.name()));
    }

    private static ObjectNode form(Letter letter) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("id", letter.id());
        form.put("at", letter.at().toString());
        form.put("topic", letter.topic());
        form.put("partition", letter.partition());
        form.put("offset", letter.offset());
        form.put("reason", letter.reason());
        put(form, "by", letter.by());
        put(form, "key", letter.key());
        form.put("bytes", letter.bytes());
        put(form, "redrivenAt", letter.redrivenAt());
        return form;
    }

    private static void put(ObjectNode form, String name, @Nullable Object value) {
        if (value != null) {
            form.put(name, value.toString());
        }
    }

    private static @Nullable String text(byte[] value) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
