package io.modelwatch.app.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.schemas.ConfluentRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPlatformIT {

    private static final Schema SCHEMA = new Schema.Parser()
            .parse("{\"type\":\"record\",\"name\":\"Kept\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}");

    @TempDir
    Path dir;

    @Test
    void shouldKeepWhatWasWrittenAcrossRestarts() throws Exception {
        PlatformConfig config = config();
        int id;
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config, System.out::println)) {
            try (Admin admin = admin(platform)) {
                admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1)))
                        .all()
                        .get();
            }
            execute(platform, "CREATE TABLE kept AS SELECT 42 AS answer");
            id = new ConfluentRegistry(platform.registryUrl(), Map.of()).register("kept-value", SCHEMA);
            assertThatThrownBy(() -> EmbeddedPlatform.start(config, line -> {}))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("in use by another modelwatch")
                    .hasMessageContaining("--data-dir");
        }
        try (EmbeddedPlatform platform = EmbeddedPlatform.start(config, System.out::println)) {
            try (Admin admin = admin(platform)) {
                assertThat(admin.listTopics().names().get()).contains("kept");
            }
            try (Connection connection = platform.dataSource().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT answer FROM kept")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(42);
            }
            assertThat(new ConfluentRegistry(platform.registryUrl(), Map.of()).byId(id))
                    .isEqualTo(SCHEMA);
            assertThatReadersMayComeButWriteNothing(platform.readerUrl());
        }
    }

    private static void assertThatReadersMayComeButWriteNothing(String url) throws Exception {
        String reader = "postgresql://modelwatch_reader@";
        assertThat(url).startsWith(reader + "127.0.0.1:").endsWith("/modelwatch");
        String jdbc = "jdbc:postgresql://" + url.substring(reader.length()) + "?user=modelwatch_reader";
        try (Connection connection = DriverManager.getConnection(jdbc);
                Statement statement = connection.createStatement()) {
            assertThat(statement.execute("select 1")).isTrue();
            statement.execute("set default_transaction_read_only = off");
            for (String refused : List.of(
                    "select * from public.kept", "create table public.mine (x int)", "create temp table t (x int)")) {
                assertThatThrownBy(() -> statement.execute(refused)).hasMessageContaining("permission denied");
            }
        }
    }

    @Test
    void shouldNameThePortThatIsTakenAndTheOptionThatChangesIt() throws Exception {
        PlatformConfig config = config();
        try (ServerSocket taken = new ServerSocket(config.registryPort(), 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> EmbeddedPlatform.start(config, line -> {}))
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("--registry-port");
        }
    }

    private static Admin admin(EmbeddedPlatform platform) {
        return Admin.create(Map.of("bootstrap.servers", platform.bootstrap()));
    }

    private static void execute(EmbeddedPlatform platform, String sql) throws Exception {
        try (Connection connection = platform.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private PlatformConfig config() throws IOException {
        try (ServerSocket a = new ServerSocket(0);
                ServerSocket b = new ServerSocket(0);
                ServerSocket c = new ServerSocket(0);
                ServerSocket d = new ServerSocket(0)) {
            return new PlatformConfig(dir, a.getLocalPort(), b.getLocalPort(), c.getLocalPort(), d.getLocalPort());
        }
    }
}
