package io.modelwatch.history.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Speaks HTTPS. Whoever renews certificates replaces their files; new connections see the new one within a minute. */
final class TlsConnector implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(TlsConnector.class);

    private static final long LOOK_SECONDS = 30;

    private final ApiTls files;
    private final SslContextFactory.Server tls = new SslContextFactory.Server();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("api-certificate").factory());
    private List<FileTime> seen;

    /** @throws IllegalArgumentException if the files are not as they must be */
    TlsConnector(ApiTls files) {
        this.files = files;
        this.seen = times();
        show(tls, files.read());
        clock.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    Connector connector(Server server, HttpConfiguration http, String host, int port) {
        // Who is asked for by which name is checked by Guard, here too.
        http.addCustomizer(new SecureRequestCustomizer(false));
        HttpConnectionFactory plain = new HttpConnectionFactory(http);
        ServerConnector connector =
                new ServerConnector(server, new SslConnectionFactory(tls, plain.getProtocol()), plain);
        connector.setHost(host);
        connector.setPort(port);
        return connector;
    }

    /** Reads the files again if they have changed; keeps what it has where they are not as they must be. */
    synchronized void look() {
        List<FileTime> now = times();
        if (now.equals(seen)) {
            return;
        }
        try {
            KeyStore identity = files.read();
            tls.reload(factory -> show((SslContextFactory.Server) factory, identity));
            seen = now;
            LOGGER.atInfo().addKeyValue("file", files.certificate()).log("the API shows a new certificate");
        } catch (Exception e) {
            // Jetty declares no less; and whatever it is, the next look must come.
            LOGGER.atWarn()
                    .addKeyValue("error", e.getMessage())
                    .log("the new certificate of the API cannot be used; it goes on with the old one");
        }
    }

    private static void show(SslContextFactory.Server factory, KeyStore identity) {
        factory.setKeyStore(identity);
        factory.setKeyStorePassword("");
    }

    private List<FileTime> times() {
        try {
            return List.of(Files.getLastModifiedTime(files.certificate()), Files.getLastModifiedTime(files.key()));
        } catch (IOException e) {
            // Reading them will say it.
            return List.of();
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
