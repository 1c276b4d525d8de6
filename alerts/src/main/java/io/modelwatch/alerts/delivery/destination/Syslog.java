package io.modelwatch.alerts.delivery.destination;

import io.modelwatch.schemas.Topic;
import io.modelwatch.schemas.Topics;
import io.modelwatch.schemas.avro.Alert;
import io.modelwatch.schemas.avro.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Writes CEF lines in syslog messages (RFC 5424) over TLS (RFC 5425) or TCP (RFC 6587), framed by counting octets.
 *
 * <p>Syslog has no acknowledgement. Each message has a connection of its own, which is ended in order and watched until
 * the receiver ends it too: a receiver that was gone, or broke off, is noticed, which a connection that is kept open
 * would not show before the next message.
 */
public final class Syslog implements Destination {

    /** How long the receiver may take to end its side; one that keeps it open has taken the bytes all the same. */
    private static final int FAREWELL_MILLIS = 1000;

    /** RFC 5424 §6.2.6 to §6.2.7 bound the names; what is not printable ASCII is not allowed in them. */
    private static final int MAX_HOST = 255;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String TLS = "tls";
    private static final String TCP = "tcp";

    /** Settings. */
    public static final List<Option> OPTIONS = List.of(
            Option.text("host", null, "name or address of the receiver").must(),
            Option.number("port", 6514, 1, 65_535, "its port; 6514 is that of syslog over TLS"),
            Option.choice("transport", List.of(TLS, TCP), TLS, "`tls`, or `tcp` in the clear"),
            Settings.AUTHORITIES,
            Option.number("facility", 16, 0, 23, "facility; 16 is local0"),
            Option.text("hostname", null, "HOSTNAME of the messages; this machine's name where it is not given"),
            Option.text("appName", "modelwatch", "APP-NAME of the messages"));

    private final Surroundings surroundings;
    private final String host;
    private final int port;
    private final @Nullable SSLSocketFactory tls;
    private final int facility;
    private final String hostname;
    private final String appName;

    public Syslog(Settings settings, Surroundings surroundings) {
        this.surroundings = surroundings;
        this.host = settings.text("host");
        this.port = settings.number("port");
        this.tls = settings.text("transport").equals(TCP) ? null : tls(settings.trust());
        this.facility = settings.number("facility");
        String given = settings.find("hostname");
        this.hostname = name(given == null ? thisMachine() : given, MAX_HOST);
        this.appName = name(settings.text("appName"), 48);
    }

    private static SSLSocketFactory tls(@Nullable SSLContext trust) {
        return trust == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : trust.getSocketFactory();
    }

    @Override
    public Set<Topic<?>> topics() {
        return Set.of(Topics.ALERTS);
    }

    @Override
    public boolean takes(Message message) {
        return message instanceof Message.OfAlert;
    }

    @Override
    public String send(Message message) throws DeliveryException {
        if (!(message instanceof Message.OfAlert(String id, Alert alert))) {
            return "nothing to say";
        }
        byte[] frame = frame(line(id, alert));
        Socket plain = new Socket();
        try (plain) {
            plain.connect(new InetSocketAddress(host, port), (int)
                    surroundings.limits().connect().toMillis());
            plain.setSoTimeout((int) surroundings.limits().answer().toMillis());
            Socket socket = tls == null ? plain : secure(tls, plain);
            OutputStream out = socket.getOutputStream();
            out.write(frame);
            out.flush();
            socket.shutdownOutput();
            awaitEnd(socket);
            return frame.length + " bytes written";
        } catch (IOException | RuntimeException e) {
            throw DeliveryException.passing("no message to " + (tls == null ? TCP : TLS) + "://" + host + ":" + port
                    + " (" + Words.clean(e.getClass().getSimpleName() + ": " + e.getMessage(), List.of()) + ")");
        }
    }

    private SSLSocket secure(SSLSocketFactory factory, Socket plain) throws IOException {
        SSLSocket secured = (SSLSocket) factory.createSocket(plain, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        // A certificate of the same authority for another host must not do.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    /** A receiver has nothing to say; its end tells that it has read to ours, a reset that it has not. */
    private static void awaitEnd(Socket socket) throws IOException {
        socket.setSoTimeout(FAREWELL_MILLIS);
        InputStream in = socket.getInputStream();
        byte[] ignored = new byte[512];
        long deadline = System.nanoTime() + FAREWELL_MILLIS * 1_000_000L;
        try {
            while (in.read(ignored) >= 0 && System.nanoTime() < deadline) {
                continue;
            }
        } catch (SocketTimeoutException e) {
            // It keeps its side open, as it may.
        }
    }

    /** Returns the message: RFC 5424 with a CEF line in it. */
    String line(String id, Alert alert) {
        int priority = facility * 8 + severity(alert.getSeverity());
        return "<" + priority + ">1 " + time(alert.getUpdatedAt()) + " " + hostname + " " + appName + " - alert - "
                + Cef.line(alert, id, version());
    }

    /** Returns the message with its length before it: RFC 6587 §3.4.1, RFC 5425 §4.3. */
    static byte[] frame(String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        byte[] length = (bytes.length + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] frame = new byte[length.length + bytes.length];
        System.arraycopy(length, 0, frame, 0, length.length);
        System.arraycopy(bytes, 0, frame, length.length, bytes.length);
        return frame;
    }

    private static String time(Instant time) {
        return TIME.format(time);
    }

    /** RFC 5424 §6.2.1: 2 critical, 3 error, 4 warning, 5 notice, 6 informational. */
    private static int severity(Severity severity) {
        return switch (severity) {
            case CRITICAL -> 2;
            case HIGH -> 3;
            case MEDIUM -> 4;
            case LOW, UNKNOWN -> 5;
            case INFORMATIONAL -> 6;
        };
    }

    private static String version() {
        String version = Syslog.class.getPackage().getImplementationVersion();
        return version == null ? "0" : version;
    }

    private static String name(String text, int max) {
        String clean = text.replaceAll("[^\\x21-\\x7e]", "");
        return clean.isEmpty() ? "-" : clean.substring(0, Math.min(max, clean.length()));
    }

    private static String thisMachine() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "-";
        }
    }

    @Override
    public Message probe(Probe probe) {
        return probe.alert();
    }
}
