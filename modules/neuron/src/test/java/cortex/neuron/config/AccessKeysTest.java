package cortex.neuron.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.Secret;
import cortex.core.config.problem.ConfigException;
import cortex.relay.fleetkey.FleetKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessKeysTest {
    private static final String KEY = FleetKey.mint();

    @TempDir private Path dir;

    private NeuronConfigReader.Loaded load(String keys, Map<String, String> environment)
            throws IOException {
        Path file = dir.resolve("neuron.toml");
        Files.writeString(file, "[neuron]\n" + keys + "\n[[harnesses]]\nname = \"demo\"\n");
        return NeuronConfigReader.load(file, environment);
    }

    @Test
    void keysAreReadAndNeverShown() throws IOException {
        NeuronConfigReader.Loaded loaded = load("keys = [\"" + KEY + "\"]", Map.of());
        assertThat(loaded.config().api().access().keys()).containsExactly(new Secret(KEY));
        assertThat(loaded.effective()).doesNotContain(KEY).contains("keys = ");
        assertThat(loaded.config().toString()).doesNotContain(KEY);
    }

    @Test
    void theEnvironmentAndSystemdGiveThemToo() throws IOException {
        Map<String, String> variable = Map.of("NEURON_NEURON__KEYS", KEY);
        assertThat(load("", variable).config().api().access().keys())
                .containsExactly(new Secret(KEY));
        String other = FleetKey.mint();
        Files.writeString(dir.resolve("neuron-keys"), KEY + "\n\n" + other + "\n");
        Map<String, String> unit = Map.of("CREDENTIALS_DIRECTORY", dir.toString());
        assertThat(load("", unit).config().api().access().keys())
                .containsExactly(new Secret(KEY), new Secret(other));
        assertThat(load("", unit).effective())
                .containsPattern("keys = \\[\"\\*+\", \"\\*+\"] +# credential neuron-keys\n")
                .containsOnlyOnce("keys = ")
                .doesNotContain(KEY, other);
        assertThat(load("keys = []", unit).config().api().access().keys()).isEmpty();
        assertThat(load("keys = []", unit).effective()).doesNotContain("credential");
    }

    @Test
    void whatIsNoKeyIsAProblemThatDoesNotShowIt() throws IOException {
        assertThatThrownBy(() -> load("keys = [\"hunter2\"]", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("neuron keys new")
                .hasMessageNotContaining("hunter2");
        Files.writeString(dir.resolve("neuron-keys"), "hunter2\n");
        Map<String, String> unit = Map.of("CREDENTIALS_DIRECTORY", dir.toString());
        assertThatThrownBy(() -> load("", unit))
                .hasMessageContaining("neuron-keys")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void pemFilesThatCannotBeUsedStopTheStart() throws IOException {
        Files.writeString(dir.resolve("cert.pem"), "hello");
        assertThatThrownBy(() -> load("tls_cert = \"cert.pem\"", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("set both tls_cert and tls_key");
        assertThatThrownBy(() -> load("tls_cert = \"cert.pem\"\ntls_key = \"none.pem\"", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cert.pem cannot be read as certificates in PEM");
        assertThatThrownBy(() -> load("tls_client_ca = \"none.pem\"", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("only of use with tls_cert");
    }

    @Test
    void keysAndOpenContradictEachOther() {
        assertThatThrownBy(() -> load("open = true\nkeys = [\"" + KEY + "\"]", Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("take one of the two out");
    }
}
