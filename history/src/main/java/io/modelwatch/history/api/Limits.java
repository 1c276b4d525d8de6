package io.modelwatch.history.api;

import java.time.Duration;

/**
 * What a client can cost.
 *
 * @param body bytes of a pushed body
 * @param bodies bodies held in memory at once
 * @param bodyTime for a body to arrive
 * @param idle of a connection, and of a client that does not read its stream
 * @param query time for one question to the database
 * @param streams live streams at once
 * @param streamPage characters that a stream holds at once, and one document more
 * @param poll between two looks for new rows, by each stream
 * @param heartbeat of a stream; below {@code idle}, or quiet streams would be cut
 */
record Limits(
        int body,
        int bodies,
        Duration bodyTime,
        Duration idle,
        Duration query,
        int streams,
        int streamPage,
        Duration poll,
        Duration heartbeat) {

    static final Limits DEFAULT = new Limits(
            16 << 20,
            8,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(20),
            1000,
            128 << 10,
            Duration.ofMillis(250),
            Duration.ofSeconds(10));
}
