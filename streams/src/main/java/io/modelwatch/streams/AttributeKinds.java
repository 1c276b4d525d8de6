package io.modelwatch.streams;

import io.modelwatch.schemas.avro.ChangeKind;
import java.util.List;
import java.util.Locale;

/**
 * Which kind of change an attribute makes, by words in its name: vendors name these fields differently (deprecation,
 * shutdown_date, expiration_date; pricing.prompt, cost), and a new vendor must not need code.
 */
final class AttributeKinds {

    private record Rule(ChangeKind kind, List<String> words) {}

    /** The first rule that matches wins. */
    private static final List<Rule> RULES = List.of(
            new Rule(
                    ChangeKind.EXECUTION_CONFIGURATION_CHANGED,
                    List.of("chat_template", "tokenizer", "generation_config", "system_prompt", "preset_messages")),
            new Rule(
                    ChangeKind.RETIREMENT_DATED,
                    List.of("deprecat", "retire", "shutdown", "expiration", "end_of_life", "sunset")),
            new Rule(ChangeKind.PRICE_CHANGED, List.of("price", "pricing", "cost")),
            new Rule(ChangeKind.ROUTING_CHANGED, List.of("alias", "canonical_slug")),
            new Rule(
                    ChangeKind.CAPABILITY_CHANGED,
                    List.of("context", "max_", "modalit", "capabilit", "support", "feature")));

    private AttributeKinds() {}

    /** @param path dotted path, for example {@code attributes.pricing.prompt} */
    static ChangeKind of(String path) {
        String name = path.toLowerCase(Locale.ROOT);
        for (Rule rule : RULES) {
            if (rule.words().stream().anyMatch(name::contains)) {
                return rule.kind();
            }
        }
        return ChangeKind.ATTRIBUTE_CHANGED;
    }
}
