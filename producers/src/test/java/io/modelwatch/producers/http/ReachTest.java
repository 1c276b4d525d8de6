package io.modelwatch.producers.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReachTest {

    private static final Map<String, String[]> NAMES = Map.of(
            "hub.example", new String[] {"93.184.215.14"},
            "cdn.example", new String[] {"2606:2800:220:1::1", "93.184.215.15"},
            "rebound.example", new String[] {"93.184.215.14", "169.254.169.254"},
            "registry.corp", new String[] {"10.1.2.3"},
            "store.corp", new String[] {"fd00::7"});

    /** Names of our own; literal addresses as Java reads them. */
    private final Reach reach = new Reach(host -> {
        String[] known = NAMES.get(host);
        if (known == null && host.endsWith(".example")) {
            throw new UnknownHostException(host);
        }
        String[] literals = known == null ? new String[] {host} : known;
        InetAddress[] found = new InetAddress[literals.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(literals[i]);
        }
        return found;
    });

    @ParameterizedTest
    @CsvSource({
        "https://hub.example, https://cdn.example/blob, true",
        "https://hub.example, https://nobody.example/blob, true",
        "https://hub.example, https://registry.corp/blob, false",
        "https://hub.example, https://store.corp/blob, false",
        "https://hub.example, https://rebound.example/blob, false",
        "https://hub.example, https://127.0.0.1/blob, false",
        "https://hub.example, https://localhost/blob, false",
        "https://hub.example, https://2130706433/blob, false",
        "https://hub.example, https://0.0.0.0/blob, false",
        "https://hub.example, https://169.254.169.254/latest/meta-data, false",
        "https://hub.example, https://[fe80::1]/, false",
        "https://hub.example, https://[::1]/, false",
        "https://hub.example, https://[::ffff:10.0.0.1]/, false",
        "https://hub.example, https://[64:ff9b::a9fe:a9fe]/, false",
        "https://hub.example, https://[2002:0a00:0001::1]/, false",
        "https://hub.example, https://100.64.0.1/, false",
        "https://hub.example, https://172.31.255.255/, false",
        "https://hub.example, https://172.32.0.1/, true",
        "https://registry.corp, https://store.corp/blob, true",
        "https://registry.corp, https://cdn.example/blob, true",
        "https://registry.corp, https://169.254.169.254/latest/meta-data, false",
        "https://registry.corp, http://127.0.0.1:9200/, false",
        "http://127.0.0.1:5000, http://127.0.0.1:9000/blob, true",
        "https://127.0.0.1, https://127.0.0.1/blob, true",
    })
    void shouldAdmitNothingThatLiesFurtherInside(URI configured, URI named, boolean admitted) {
        assertThat(reach.admits(configured, named)).isEqualTo(admitted);
    }
}
