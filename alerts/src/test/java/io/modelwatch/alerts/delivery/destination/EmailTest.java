package io.modelwatch.alerts.delivery.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.AlertState;
import io.modelwatch.schemas.tls.Certificates;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mail over a real SMTP connection on this machine. */
class EmailTest {

    private static final String PASSWORD = "geheim-9f8e7d6c";

    @TempDir
    Path dir;

    private GreenMail server;

    @BeforeEach
    void start() {
        server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        server.setUser("bot@example.com", "bot@example.com", PASSWORD);
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void anAlertIsOneMailInTheThreadOfItsAlert() throws Exception {
        Email email = email(server.getSmtp().getPort(), Map.of("security", "none", "user", "bot@example.com"));

        assertThat(email.send(Samples.message())).isEqualTo("accepted for 2 recipients");
        assertThat(email.send(new Message.OfAlert("another", Samples.alert(AlertState.CLOSED))))
                .isEqualTo("accepted for 2 recipients");

        // One for each recipient.
        assertThat(server.getReceivedMessages()).hasSize(4);
        MimeMessage opened = mail("open");
        assertThat(opened.getSubject())
                .isEqualTo("[modelwatch] high open: Model swapped in support-copilot: UNAPPROVED");
        assertThat(opened.getMessageID()).isEqualTo("<" + Samples.ID + "@example.com>");
        assertThat(opened.getHeader("Auto-Submitted")).containsExactly("auto-generated");
        assertThat(opened.getHeader("X-Modelwatch-Alert")).containsExactly(Samples.ALERT);
        assertThat(opened.getContent().toString().replace("\r\n", "\n"))
                .contains("Deployment: support-copilot\nVendor: acme\n")
                .contains(
                        "- models.primary.id: \"pkg:huggingface/Qwen/Qwen2.5-7B\" → \"pkg:huggingface/evil/<!channel>\"")
                .contains("https://watch.example.com/" + Samples.ALERT);
        MimeMessage closed = mail("closed");
        assertThat(closed.getSubject()).contains("closed (approved_late)");
        assertThat(closed.getHeader("References")).isEqualTo(opened.getHeader("References"));
    }

    private MimeMessage mail(String state) throws MessagingException {
        for (MimeMessage mail : server.getReceivedMessages()) {
            if (mail.getSubject().startsWith("[modelwatch] high " + state)) {
                return mail;
            }
        }
        throw new AssertionError("no mail about " + state);
    }

    @Test
    void aNameFromOutsideForgesNoHeader() throws Exception {
        Alert alert = Samples.alert();
        alert.setDeployment("x\r\nBcc: everybody@example.com\r\n\r\nhello");

        email(server.getSmtp().getPort(), Map.of("security", "none")).send(Samples.message(alert));

        MimeMessage mail = server.getReceivedMessages()[0];
        assertThat(mail.getHeader("Bcc")).isNull();
        assertThat(mail.getSubject()).contains("x Bcc: everybody@example.com hello");
    }

    @Test
    void withoutTlsNothingIsSentWhereItIsWanted() {
        assertThatThrownBy(() -> email(server.getSmtp().getPort(), Map.of("user", "bot@example.com"))
                        .send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage()).contains("STARTTLS is required"));
        assertThat(server.getReceivedMessages()).isEmpty();
    }

    @Test
    void everythingIsSaidOverTlsOnceTheServerOffersIt() throws Exception {
        Certificates certificates = Certificates.of(dir, "dns:localhost,ip:127.0.0.1");
        String ca = certificates.authority().toString();
        try (ServerSocket offering = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            SSLContext tls = certificates.server();
            List<String> clear = Collections.synchronizedList(new ArrayList<>());
            List<String> secured = Collections.synchronizedList(new ArrayList<>());
            Thread.ofVirtual().start(() -> serveStarttls(offering, tls, clear, secured));

            assertThat(email(offering.getLocalPort(), Map.of("caFile", ca)).send(Samples.message()))
                    .isEqualTo("accepted for 2 recipients");
            assertThat(clear).allMatch(line -> line.startsWith("EHLO") || line.equals("STARTTLS"));
            assertThat(secured).contains("MAIL FROM:<modelwatch@example.com>", "RCPT TO:<soc@example.com>");

            secured.clear();
            // An authority that Java does not trust, and no file that says to trust it.
            assertThatThrownBy(() -> email(offering.getLocalPort(), Map.of()).send(Samples.message()))
                    .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                    .returns(true, DeliveryException::isPassing);
            assertThat(secured).isEmpty();
        }
    }

    private static void serveStarttls(ServerSocket server, SSLContext tls, List<String> clear, List<String> secured) {
        while (!server.isClosed()) {
            try (Socket plain = server.accept()) {
                say(plain.getOutputStream(), "220 ready");
                if (converse(plain, clear, true)) {
                    try (SSLSocket socket =
                            (SSLSocket) tls.getSocketFactory().createSocket(plain, null, plain.getPort(), false)) {
                        socket.setUseClientMode(false);
                        converse(socket, secured, false);
                    }
                }
            } catch (IOException e) {
                // The client or the test has ended.
            }
        }
    }

    /** Returns whether the client wants TLS now. Reads byte by byte: what follows STARTTLS is not for a buffer. */
    private static boolean converse(Socket socket, List<String> said, boolean offer) throws IOException {
        StringBuilder line = new StringBuilder();
        boolean body = false;
        for (int next = socket.getInputStream().read();
                next >= 0;
                next = socket.getInputStream().read()) {
            if (next != '\n') {
                line.append(next == '\r' ? "" : Character.toString(next));
                continue;
            }
            String command = line.toString();
            line.setLength(0);
            said.add(command);
            if (body && !command.equals(".")) {
                continue;
            }
            body = command.equals("DATA");
            boolean starts = command.equals("STARTTLS");
            say(
                    socket.getOutputStream(),
                    body
                            ? "354 go on"
                            : starts
                                    ? "220 go"
                                    : command.startsWith("EHLO") && offer ? "250-hello\r\n250 STARTTLS" : "250 yes");
            if (starts) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aWrongPasswordIsRefusedAndNotShown() {
        Email email = new Email(
                settings(server.getSmtp().getPort(), Map.of("security", "none", "user", "bot@example.com")),
                Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_PASSWORD", "wrong-geheim")));

        assertThatThrownBy(() -> email.send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(false, DeliveryException::isPassing)
                .satisfies(e -> assertThat(e.getMessage())
                        .contains("does not let bot@example.com in")
                        .doesNotContain("geheim"));
    }

    // RFC 5321 §4.2.1: 4yz may pass, 5yz is for good.
    @ParameterizedTest
    @CsvSource({
        "MAIL, 550 no such sender, false",
        "RCPT, 550 no such user, false",
        "RCPT, 450 greylisted, true",
        "DATA, 554 spam, false",
        ". , 451 try later, true",
        ". , 552 too big, false",
        "EHLO, 421 busy, true",
    })
    void theServersCodeSaysWhetherItMayPass(String command, String answer, boolean passing) throws Exception {
        try (ServerSocket mean = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> serve(mean, command, answer));

            assertThatThrownBy(() -> email(mean.getLocalPort(), Map.of("security", "none"))
                            .send(Samples.message()))
                    .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                    .returns(passing, DeliveryException::isPassing)
                    .satisfies(e -> assertThat(e.getMessage())
                            .startsWith("smtp://localhost:" + mean.getLocalPort() + " ")
                            .contains(answer.substring(4)));
        }
    }

    @Test
    void nobodyThereIsTriedAgain() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertThatThrownBy(() -> email(free, Map.of()).send(Samples.message()))
                .asInstanceOf(InstanceOfAssertFactories.type(DeliveryException.class))
                .returns(true, DeliveryException::isPassing);
    }

    @Test
    void anAddressThatIsNoneIsSaidAtStart() {
        assertThatThrownBy(() -> email(25, Map.of("to", List.of("nobody at all"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'to' must hold mail addresses");
    }

    /** A server that says one thing to one command, and yes to all others. */
    private static void serve(ServerSocket server, String command, String answer) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
                OutputStream out = client.getOutputStream();
                say(out, "220 ready");
                boolean body = false;
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (body && !line.equals(".")) {
                        continue;
                    }
                    body = false;
                    if (line.startsWith(command) || (line.startsWith("HELO") && command.equals("EHLO"))) {
                        say(out, answer);
                    } else if (line.startsWith("DATA")) {
                        say(out, "354 go on");
                        body = true;
                    } else {
                        say(out, "250 yes");
                    }
                }
            } catch (IOException e) {
                // The client or the test has ended.
            }
        }
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static Email email(int port, Map<String, ?> more) {
        return new Email(
                settings(port, more), Samples.surroundings(Map.of("MODELWATCH_DELIVERIES_SOC_PASSWORD", PASSWORD)));
    }

    private static Settings settings(int port, Map<String, ?> more) {
        Map<String, Object> values = new HashMap<>(more);
        values.put("host", "localhost");
        values.put("port", port);
        values.put("from", "modelwatch@example.com");
        values.putIfAbsent("to", List.of("soc@example.com", "owner@example.com"));
        values.put("link", "https://watch.example.com/{id}");
        return Samples.settings(Email.OPTIONS, values);
    }
}
