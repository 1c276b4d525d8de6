package io.modelwatch.producers.source.azure;

import io.modelwatch.producers.source.Place;
import io.modelwatch.producers.source.Settings;
import io.modelwatch.producers.source.Token;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings of an account of Azure OpenAI or AI Foundry.
 *
 * @param subscription id of the subscription
 * @param resourceGroup name of its resource group
 * @param account name of the account
 * @param baseUrl address of Azure's management API
 * @param token where an Entra token for that API is kept
 * @param deployments what a deployment is called in the company, by its name in Azure
 * @param place whose the deployments are and where they run
 */
public record AzureConfig(
        String subscription,
        String resourceGroup,
        String account,
        String baseUrl,
        Token token,
        Map<String, String> deployments,
        Place place) {

    /** Legal keys. */
    public static final Set<String> KEYS = keys();

    /** Checks the names. */
    public AzureConfig {
        deployments = Place.deployments("deployments", deployments);
        named("subscription", subscription);
        named("resourceGroup", resourceGroup);
        named("account", account);
    }

    /** Reads the settings. */
    public static AzureConfig of(Settings settings) {
        return new AzureConfig(
                settings.required("subscription"),
                settings.required("resourceGroup"),
                settings.required("account"),
                settings.url("baseUrl", "https://management.azure.com"),
                settings.token("AZURE_ACCESS_TOKEN"),
                settings.map("deployments"),
                Place.of(settings, new Place("api", null, null, "azure", null, null)));
    }

    String deployment(String name) {
        return deployments.getOrDefault(name, account + "/" + name);
    }

    private static void named(String key, String name) {
        if (!name.matches("[A-Za-z0-9()_.-]{1,90}")) {
            throw new IllegalArgumentException(key + ": letters, digits, '(', ')', '_', '.' and '-', at most 90");
        }
    }

    private static Set<String> keys() {
        Set<String> all = new TreeSet<>(Place.KEYS);
        all.addAll(List.of(
                "subscription",
                "resourceGroup",
                "account",
                "baseUrl",
                "tokenEnv",
                "tokenFile",
                "deployments",
                "requestsPerSecond"));
        return Set.copyOf(all);
    }
}
