package cortex.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.Secret;
import cortex.core.config.problem.ConfigException;
import cortex.pki.Pki;
import cortex.relay.fleetkey.FleetKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeuronKeysTest {
    private static final String KEY = FleetKey.mint();

    @TempDir private Path dir;

    private GatewayConfigReader.Loaded load(String key, Map<String, String> environment)
            throws IOException {
        Path file = dir.resolve("cortex.toml");
        Files.writeString(
                file,
                """
                [[neurons]]
                name = "n1"
                endpoint = "http://n1:9090"
                %s
                """
                        .formatted(key));
        Files.writeString(
                dir.resolve("models.toml"),
                "[[models]]\nid = \"m\"\nharness = \"demo\"\nvram_mb = 1\n");
        return GatewayConfigReader.load(file, environment);
    }

    private @Nullable Secret key(String key, Map<String, String> environment) throws IOException {
        return load(key, environment).config().fleet().neurons().getFirst().key();
    }

    @Test
    void theKeyIsReadAndNeverShown() throws IOException {
        GatewayConfigReader.Loaded loaded = load("key = \"" + KEY + "\"", Map.of());
        assertThat(loaded.config().fleet().neurons().getFirst().key()).isEqualTo(new Secret(KEY));
        assertThat(loaded.effective()).doesNotContain(KEY).contains("key = ");
        assertThat(loaded.config().toString()).doesNotContain(KEY);
        assertThat(key("", Map.of())).isNull();
        assertThat(key("", Map.of("CORTEX_NEURONS__0__KEY", KEY))).isEqualTo(new Secret(KEY));
    }

    @Test
    void pemFilesThatCannotBeUsedStopTheStart() {
        assertThatThrownBy(() -> load("tls_ca = \"none.pem\"", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.pem cannot be read: there is no such file")
                .hasMessageContaining("has tls_ keys but no https endpoint");
    }

    @Test
    void aCertificateAndTheKeyOfAnotherAreAProblem() throws Exception {
        Pki fleet = new Pki(dir, "fleet");
        fleet.issue("gateway", "EC");
        fleet.issue("other", "EC");
        String written = "tls_cert = \"gateway.pem\"\ntls_key = \"%s-key.pem\"";
        assertThatThrownBy(() -> load(written.formatted("other"), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cortex.toml:4:")
                .hasMessageContaining("belong together");
        assertThatThrownBy(() -> load(written.formatted("gateway"), Map.of()))
                .hasMessageNotContaining("belong together");
    }

    @Test
    void systemdGivesOneForAllOrForEach() throws IOException {
        Map<String, String> unit = Map.of("CREDENTIALS_DIRECTORY", dir.toString());
        String all = FleetKey.mint();
        Files.writeString(dir.resolve("neuron-key"), all + "\n");
        assertThat(key("", unit)).isEqualTo(new Secret(all));
        assertThat(load("", unit).effective())
                .containsPattern("key = \"\\*+\" +# credential neuron-key\n")
                .doesNotContain(all);
        Files.writeString(dir.resolve("neuron-key.n1"), KEY);
        assertThat(key("", unit)).isEqualTo(new Secret(KEY));
        Files.writeString(dir.resolve("neuron-key.n1"), "hunter2");
        assertThatThrownBy(() -> key("", unit))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("neuron-key.n1")
                .hasMessageNotContaining("hunter2");
    }
}
