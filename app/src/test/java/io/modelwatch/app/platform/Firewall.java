package io.modelwatch.app.platform;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Drops packets on loopback, by the machine's iptables, which needs root. */
public final class Firewall {

    private Firewall() {}

    /** Returns whether this machine lets us. */
    public static boolean isPossible() throws IOException, InterruptedException {
        return Commands.succeeds("iptables", "-n", "-L", "OUTPUT");
    }

    /** Drops what matches from now on; {@code match} is as iptables wants it. */
    public static void drop(String... match) throws IOException, InterruptedException {
        if (!Commands.succeeds(rule("-A", match))) {
            throw new IOException("iptables refuses " + String.join(" ", match));
        }
    }

    /** Lets pass again what matches, however often it was dropped. */
    public static void pass(String... match) throws IOException, InterruptedException {
        boolean found;
        do {
            found = Commands.succeeds(rule("-D", match));
        } while (found);
    }

    private static String[] rule(String what, String... match) {
        List<String> rule = new ArrayList<>(List.of("iptables", "-w", what, "OUTPUT", "-o", "lo"));
        rule.addAll(List.of(match));
        rule.addAll(List.of("-j", "DROP"));
        return rule.toArray(String[]::new);
    }
}
