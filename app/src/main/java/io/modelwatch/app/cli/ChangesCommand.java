package io.modelwatch.app.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists changes. */
@Command(
        name = "changes",
        mixinStandardHelpOptions = true,
        description = "Shows what changed.",
        footer = {
            "",
            "Examples:",
            "  modelwatch changes --since 24h",
            "  modelwatch changes --kind LICENSE_CHANGED --format csv",
            "  modelwatch changes --subject pkg:huggingface/Qwen/Qwen2.5-7B-Instruct --follow"
        })
final class ChangesCommand extends ListCommand {
    @Option(names = "--subject", description = "only of this model or deployment")
    private @Nullable String subject;

    @Option(names = "--kind", description = "only of this kind, for example REVISED")
    private @Nullable String kind;

    @Option(names = "--since", converter = When.class, description = "a time, or an age such as 24h or 7d")
    private @Nullable Instant since;

    @Option(names = "--until", converter = When.class, description = "before this time, or age")
    private @Nullable Instant until;

    @Option(names = "--limit", description = "at most so many (default: 1000 in a table, else all)")
    private @Nullable Integer limit;

    @Option(names = "--follow", description = "keep showing new ones until Ctrl-C")
    private boolean follow;

    @Override
    public Integer call() {
        return list(
                "/v1/changes",
                Map.of("subject", text(subject), "kind", text(kind), "since", text(since), "until", text(until)),
                List.of("observedAt", "kind", "subject", "field", "before", "after", "source"),
                limit,
                follow);
    }
}
