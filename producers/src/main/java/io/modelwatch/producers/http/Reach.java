package io.modelwatch.producers.http;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Keeps an address that an answer names from leading further inside than the address that was configured: a registry on the
 * internet may send us to a store on the internet, and a registry in the company to one in the company, but none of them to
 * this machine or to the metadata of a cloud.
 *
 * <p>Names are resolved as the connection that follows resolves them, within the time for which Java keeps them; a server of
 * names that answers differently after that is not seen.
 */
public final class Reach {

    /** How the addresses of a name are found. */
    @FunctionalInterface
    public interface Resolver {
        /**
         * Returns every address of a host.
         *
         * @throws UnknownHostException if it has none
         */
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final Resolver resolver;

    /** Who can reach an address, the widest first. */
    private enum Zone {
        EVERYBODY,
        NETWORK,
        MACHINE
    }

    /** Resolves as Java does. */
    public Reach() {
        this(InetAddress::getAllByName);
    }

    /** @param resolver finds the addresses of names */
    public Reach(Resolver resolver) {
        this.resolver = resolver;
    }

    /**
     * Returns whether a place lies no further inside than another one. A host that nobody knows cannot be reached, and is
     * left to say so.
     *
     * @param configured what the configuration names
     * @param named what an answer names
     */
    public boolean admits(URI configured, URI named) {
        if (HttpFetcher.sameOrigin(configured, named)) {
            return true;
        }
        return zone(named).compareTo(zone(configured)) <= 0;
    }

    private Zone zone(URI uri) {
        try {
            // Of several addresses, any may be taken.
            return Arrays.stream(resolver.resolve(uri.getHost()))
                    .map(Reach::zone)
                    .max(Zone::compareTo)
                    .orElse(Zone.EVERYBODY);
        } catch (UnknownHostException e) {
            return Zone.EVERYBODY;
        }
    }

    private static Zone zone(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()) {
            return Zone.MACHINE;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? zone(bytes, 0) : zone(bytes);
    }

    /** Private and shared networks, and what nobody on the internet may have (RFC 6890). */
    private static Zone zone(byte[] bytes, int from) {
        int a = bytes[from] & 0xff;
        int b = bytes[from + 1] & 0xff;
        if (a == 0 || a == 127 || a >= 224 || (a == 169 && b == 254)) {
            return Zone.MACHINE;
        }
        boolean inside = a == 10
                || (a == 172 && b >= 16 && b < 32)
                || (a == 192 && b == 168)
                || (a == 100 && b >= 64 && b < 128)
                || (a == 198 && (b == 18 || b == 19))
                || (a == 192 && b == 0 && bytes[from + 2] == 0);
        return inside ? Zone.NETWORK : Zone.EVERYBODY;
    }

    private static Zone zone(byte[] six) {
        int first = (six[0] & 0xff) << 8 | (six[1] & 0xff);
        if (first == 0x2002) {
            return zone(six, 2); // 6to4: the address of IPv4 stands within
        }
        if (first == 0x0064 && (six[2] & 0xff) == 0xff && (six[3] & 0xff) == 0x9b) {
            return zone(six, 12); // NAT64
        }
        boolean inside = (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfec0;
        return inside ? Zone.NETWORK : Zone.EVERYBODY;
    }
}
