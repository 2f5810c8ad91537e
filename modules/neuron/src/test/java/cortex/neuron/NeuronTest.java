package cortex.neuron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.config.HostPort;
import cortex.core.log.LogFormat;
import cortex.core.time.SystemTime;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.relay.connection.ClientLimits;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NeuronTest {
    @TempDir private Path dir;

    private NeuronConfig config() {
        return new NeuronConfig(
                new NeuronConfig.Api(
                        new HostPort("127.0.0.1", 0),
                        NeuronConfig.Access.LOCAL,
                        ClientLimits.usual()),
                dir.resolve("state"),
                new NeuronConfig.Limits(1 << 20, 1 << 16, 100, 1 << 16),
                new NeuronConfig.Probe(
                        List.of("nvidia"),
                        dir.resolve("none").toString(),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(5)),
                new NeuronConfig.Engines(
                        List.of(),
                        LoadPolicy.Rules.DEFAULT,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1)),
                NeuronConfig.Stop.UNLOADING,
                LogFormat.HUMAN);
    }

    @Test
    void servesFromStartToCloseAndNotAfter() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest discovery;
            try (Neuron neuron = Neuron.start(config(), new SystemTime())) {
                assertThat(neuron.api().port()).isPositive();
                discovery =
                        HttpRequest.newBuilder(URI.create("http://" + neuron.api() + "/discovery"))
                                .build();
                assertThat(client.send(discovery, BodyHandlers.ofString()).body())
                        .contains("\"harnesses\":[]")
                        .contains("cannot be started, so no NVIDIA devices");
            }
            assertThatThrownBy(() -> client.send(discovery, BodyHandlers.ofString()))
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void twoNeuronsDoNotShareOneStateDirectory() {
        NeuronConfig config = config();
        try (Neuron first = Neuron.start(config, new SystemTime())) {
            assertThat(first.api().port()).isPositive();
            assertThatThrownBy(() -> Neuron.start(config, new SystemTime()))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("another neuron uses it");
        }
        Neuron.start(config, new SystemTime()).close();
    }
}
