package io.modelwatch.producers.source.bedrock;

import io.modelwatch.producers.source.Settings;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a source of AWS Bedrock. Credentials come from where AWS's own tools find them.
 *
 * @param region for example {@code eu-central-1}
 * @param profile name of a profile in AWS's files, or null for the default
 * @param inferenceProfiles whether inference profiles are read too
 * @param baseUrl address of the service
 */
public record BedrockConfig(String region, @Nullable String profile, boolean inferenceProfiles, String baseUrl) {

    /** Legal keys. */
    public static final Set<String> KEYS =
            Set.of("region", "profile", "inferenceProfiles", "baseUrl", "requestsPerSecond");

    /** Checks the region. */
    public BedrockConfig {
        if (!region.matches("[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")) {
            throw new IllegalArgumentException("region: a region of AWS, for example eu-central-1, not " + region);
        }
    }

    /** Reads the settings. */
    public static BedrockConfig of(Settings settings) {
        String region = settings.required("region");
        return new BedrockConfig(
                region,
                settings.text("profile"),
                settings.flag("inferenceProfiles", true),
                settings.url("baseUrl", "https://bedrock." + region + ".amazonaws.com"));
    }
}
