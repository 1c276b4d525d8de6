package io.modelwatch.alerts.delivery.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.tls.Certificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyslogTest {

    private static final String LINE = "<131>1 2026-03-01T10:00:00.250Z watch.example.com modelwatch - alert - "
            + "CEF:0|modelwatch|modelwatch|0|MODEL_SWAPPED|Model swapped in support-copilot|8|"
            + "externalId=" + Samples.ALERT + " rt=1772359200250 start=1772359200000 cat=MODEL_SWAPPED act=open"
            + " outcome=UNAPPROVED destinationServiceName=support-copilot cs1Label=recordId cs1=" + Samples.ID
            + " cs2Label=vendor cs2=acme cs3Label=owner cs3=cx-team cs4Label=policy cs4=default"
            + " cs5Label=correlationId cs5=c0ffee cs6Label=nearestProcurement cs6=CHG-1042: it does not allow the model"
            + " msg=models.primary.id: \"pkg:huggingface/Qwen/Qwen2.5-7B\" → \"pkg:huggingface/evil/<!channel>\"";

    @TempDir
    Path dir;

    /** Takes connections and reads messages framed by their lengths, as RFC 6587 §3.4.1 has it. */
    private static final class Receiver implements AutoCloseable {
        private final ServerSocket server;
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();

        Receiver(ServerSocketFactory factory) throws IOException {
            server = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(() -> {
                while (!server.isClosed()) {
                    try (Socket client = server.accept()) {
                        read(new DataInputStream(client.getInputStream()));
                    } catch (IOException e) {
                        // The client or the test has ended.
                    }
                }
            });
        }

        private void read(DataInputStream in) throws IOException {
            StringBuilder length = new StringBuilder();
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == ' ') {
                    byte[] message = new byte[Integer.parseInt(length.toString())];
                    in.readFully(message);
                    messages.add(new String(message, UTF_8));
                    length.setLength(0);
                } else {
                    length.append((char) next);
                }
            }
        }

        String next() throws InterruptedException {
            return messages.poll(30, TimeUnit.SECONDS);
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @Test
    void anAlertIsACefLineInASyslogMessageOverTcp() throws Exception {
        try (Receiver receiver = new Receiver(ServerSocketFactory.getDefault())) {
            Syslog syslog = syslog(receiver.port(), Map.of("transport", "tcp"));

            assertThat(syslog.send(Samples.message())).endsWith(" bytes written");
            assertThat(receiver.next()).isEqualTo(LINE);

            // A name from outside forges no second message: neither by a line break nor by a length of its own.
            Alert forged = Samples.alert();
            forged.setDeployment("x\n<13>1 - - - - - - forged 5 <14>1");
            syslog.send(Samples.message(forged));
            assertThat(receiver.next()).contains("forged 5 <14>1").doesNotContain("\n");
            assertThat(receiver.messages).isEmpty();
        }
    }

    @Test
    void overTlsTheReceiverMustShowACertificateForItsName() throws Exception {
        Certificates certificates = Certificates.of(dir, "dns:localhost,ip:127.0.0.1");
        try (Receiver receiver = new Receiver(certificates.server().getServerSocketFactory())) {
            String ca = certificates.authority().toString();

            syslog(receiver.port(), Map.of("caFile", ca)).send(Samples.message());
            assertThat(receiver.next()).isEqualTo(LINE);

            refusesToTalk(syslog(receiver.port(), Map.of()));
        }
    }

    @Test
    void aCertificateForAnotherHostWillNotDo() throws Exception {
        Certificates certificates = Certificates.of(dir, "dns:elsewhere.example.com");
        try (Receiver receiver = new Receiver(certificates.server().getServerSocketFactory())) {
            refusesToTalk(syslog(
                    receiver.port(), Map.of("caFile", certificates.authority().toString())));
            assertThat(receiver.messages).isEmpty();
        }
    }

    @Test
    void nobodyThereIsTriedAgain() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        refusesToTalk(syslog(free, Map.of("transport", "tcp")));
    }

    @Test
    void oneThatHangsUpBeforeItHasReadAllIsTriedAgain() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread rude = Thread.ofVirtual().start(() -> {
                try (Socket client = server.accept()) {
                    client.setSoLinger(true, 0);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            refusesToTalk(syslog(server.getLocalPort(), Map.of("transport", "tcp")));
            rude.join();
        }
    }

    // "Implementing ArcSight Common Event Format (CEF)", "Character Encoding": in the header bar and backslash are
    // escaped,
    // in the extension equals sign and backslash; line breaks only in the extension, as \n.
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "detected a | in packet; detected a \\| in packet; detected a | in packet",
                "detected a \\ in packet; detected a \\\\ in packet; detected a \\\\ in packet",
                "detected a = in packet; detected a = in packet; detected a \\= in packet",
                "`one\ntwo\r\nthree\rfour`; one two three four; one\\ntwo\\nthree\\rfour",
                "`\u001b[31m\tred\u0000`; [31m red; ` [31m red `",
            })
    void signsThatMeanSomethingAreEscaped(String text, String header, String extension) {
        assertThat(Cef.header(text)).isEqualTo(header);
        assertThat(Cef.extension(text)).isEqualTo(extension);
    }

    @Test
    void aFrameCountsOctetsNotCharacters() {
        assertThat(new String(Syslog.frame("ä→b"), UTF_8)).isEqualTo("6 ä→b");
    }

    private static void refusesToTalk(Syslog syslog) {
        assertThatThrownBy(() -> syslog.send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).startsWith("no message to t"));
    }

    private static Syslog syslog(int port, Map<String, ?> more) {
        Map<String, Object> values = new HashMap<>(more);
        values.put("host", "localhost");
        values.put("port", port);
        values.put("hostname", "watch.example.com");
        return new Syslog(Samples.settings(Syslog.OPTIONS, values), Samples.surroundings(Map.of()));
    }
}
