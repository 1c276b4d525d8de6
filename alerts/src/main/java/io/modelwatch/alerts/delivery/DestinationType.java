package io.modelwatch.alerts.delivery;

import io.modelwatch.alerts.delivery.destination.Callback;
import io.modelwatch.alerts.delivery.destination.Destination;
import io.modelwatch.alerts.delivery.destination.Email;
import io.modelwatch.alerts.delivery.destination.Jira;
import io.modelwatch.alerts.delivery.destination.Option;
import io.modelwatch.alerts.delivery.destination.PagerDuty;
import io.modelwatch.alerts.delivery.destination.Settings;
import io.modelwatch.alerts.delivery.destination.Slack;
import io.modelwatch.alerts.delivery.destination.Surroundings;
import io.modelwatch.alerts.delivery.destination.Syslog;
import io.modelwatch.alerts.delivery.destination.Webhook;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The kinds of destination. */
public enum DestinationType {
    WEBHOOK(Webhook.OPTIONS, Route.EVERYTHING, Webhook::new),
    SLACK(Slack.OPTIONS, Route.MEDIUM_AND_WORSE, Slack::new),
    PAGERDUTY(PagerDuty.OPTIONS, Route.MEDIUM_AND_WORSE, PagerDuty::new),
    JIRA(Jira.OPTIONS, Route.MEDIUM_AND_WORSE, Jira::new),
    EMAIL(Email.OPTIONS, Route.MEDIUM_AND_WORSE, Email::new),
    SYSLOG(Syslog.OPTIONS, Route.EVERYTHING, Syslog::new);

    private final List<Option> options;
    private final String when;
    private final BiFunction<Settings, Surroundings, Destination> opens;

    DestinationType(List<Option> options, String when, BiFunction<Settings, Surroundings, Destination> opens) {
        this.options = options;
        this.when = when;
        this.opens = opens;
    }

    /** Returns the name by which it is chosen. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns its settings. */
    public List<Option> options() {
        return options;
    }

    /** Returns its {@code when} where none is given. */
    public String when() {
        return when;
    }

    Destination open(Settings settings, Surroundings surroundings) {
        return opens.apply(settings, surroundings);
    }

    /** Returns what understands the tool's answers, or null where it gives none or no secret is named for them. */
    @Nullable
    Callback callback(Settings settings, Surroundings surroundings) {
        return switch (this) {
            case SLACK -> Slack.callback(settings, surroundings);
            case PAGERDUTY -> PagerDuty.callback(settings, surroundings);
            default -> null;
        };
    }

    /** @throws IllegalArgumentException if there is no such kind */
    static DestinationType of(String title) {
        return Arrays.stream(values())
                .filter(one -> one.title().equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'type' must be one of "
                        + Arrays.stream(values()).map(DestinationType::title).collect(Collectors.joining(", "))
                        + ", not '" + title + "'"));
    }
}
