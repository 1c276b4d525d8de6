package io.modelwatch.app.role;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelwatch.app.config.Config;
import io.modelwatch.app.config.ConfigException;
import io.modelwatch.app.config.ConfigFile;
import io.modelwatch.app.config.Setting;
import io.modelwatch.app.platform.PlatformException;
import io.modelwatch.app.platform.Ports;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExternalDatabaseTest {

    @Test
    void whereNoneIsNamedItSaysWhatToSet() {
        assertThatThrownBy(() -> ExternalDatabase.pool(config(Map.of())))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("set database.url, for example jdbc:postgresql://host:5432/modelwatch");
    }

    @Test
    void whereNobodyAnswersItSaysWhyAndWhatToLookAt() throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + Ports.free(1).getFirst() + "/modelwatch";
        Map<Setting, String> settings = Map.of(Setting.DATABASE_URL, url, Setting.DATABASE_PASSWORD, "PLANTED-SECRET");
        assertThatThrownBy(() -> ExternalDatabase.pool(config(settings)))
                .isInstanceOf(PlatformException.class)
                .hasMessageStartingWith("the database does not answer: Connection to 127.0.0.1:")
                .hasMessageEndingWith("; database.url says where it is")
                .hasMessageNotContaining("PLANTED-SECRET");
    }

    private static Config config(Map<Setting, String> settings) {
        return Config.of(ConfigFile.none(), settings, name -> null);
    }
}
