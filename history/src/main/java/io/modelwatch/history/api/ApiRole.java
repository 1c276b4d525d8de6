package io.modelwatch.history.api;

/** What the bearer of a token may do. */
public enum ApiRole {
    /** Ask for everything that is known. */
    READ,
    /** Read, and acknowledge, suppress and close alerts. */
    TRIAGE,
    /** Read, and publish observations, procurement events and disclosures. */
    WRITE,
    /** All of it, and take dead letters back to their topics. */
    ADMIN;

    /** Returns whether who has this role may do what needs another. */
    public boolean grants(ApiRole needed) {
        return this == ADMIN || this == needed || needed == READ;
    }
}
