package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.FailureException;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.core.time.SystemTime;
import cortex.neuron.Logged;
import cortex.neuron.device.Devices;
import cortex.neuron.device.vendor.Vendors;
import cortex.neuron.process.Poll;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a load may make a host do, with processes.
@Timeout(60)
class LoadLimitsTest {
    @TempDir private Path dir;
    private Fixture fixture;
    private Devices devices;
    private ReplicaHost host;

    @BeforeEach
    void start() throws Exception {
        fixture = new Fixture(dir);
        devices =
                Devices.start(
                        Vendors.probes(List.of(), "none", Duration.ofSeconds(1)),
                        Duration.ofMinutes(1),
                        new SystemTime());
        host =
                fixture.start(
                        fixture.config(Duration.ofSeconds(3), Duration.ofSeconds(20)), devices);
    }

    @AfterEach
    void stop() throws Exception {
        host.close();
        devices.close();
        fixture.assertNothingLeft();
    }

    @Test
    void aLoadThatBringsAForbiddenArgumentStartsNothing() throws Exception {
        LoadRequest evil =
                Fixture.request(
                        "evil/mcp",
                        "--mcp-servers-json",
                        "{\"mcpServers\":{\"x\":{\"command\":\"/bin/sh\"}}}");

        Logged logged = new Logged(ReplicaHost.class.getName());
        assertThatThrownBy(() -> host.load(evil))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure().status()).isEqualTo(422))
                .hasMessageContaining("--mcp-servers-json")
                .hasMessageContaining("allow_args");
        assertThat(logged.lines()).anyMatch(line -> line.startsWith("a load of evil/mcp with "));
        logged.close();
        assertThat(host.models()).isEmpty();
        assertThat(fixture.started()).isEmpty();
        assertThat(fixture.records()).isEmpty();
    }

    @Test
    void anEngineGetsTheEnvironmentItNeedsAndStartsWhereNothingIs() throws Exception {
        host.load(Fixture.request("m", "--fake-environment"));
        Fixture.await(host, "m", ModelStatus.LOADED);
        Poll.until("it said where it is", () -> words().contains("in " + dir));

        List<String> names =
                words().lines()
                        .filter(line -> line.matches("[A-Za-z_]\\w*=.*"))
                        .map(line -> line.substring(0, line.indexOf('=')))
                        .toList();
        assertThat(names)
                .contains("PATH", "FAKE_PIDS", "CUDA_VISIBLE_DEVICES", "CORTEX_REPLICA", "HF_TOKEN")
                .allSatisfy(name ->
                        assertThat(name)
                                .matches(
                                        "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|T.*|PWD"
                                            + "|SHLVL|_|OLDPWD|LD_LIBRARY_PATH|XDG_CACHE_HOME"
                                            + "|CUDA_.*|NVIDIA_.*|HIP_.*|HF_.*|.*_PROXY|.*_proxy"
                                            + "|SSL_.*|FAKE_PIDS|CORTEX_(REPLICA|NEURON)"
                                            + "|LLAMA_API_KEY"));
        assertThat(words())
                .contains("in " + fixture.state().resolve("empty"))
                .doesNotContain("hush-hush-hush", Fixture.KEY);
    }

    private String words() {
        return Objects.requireNonNullElse(host.log("m"), "");
    }

    @Test
    void whatAnEngineLeftInItsSessionGoesWithIt() throws Exception {
        host.load(Fixture.request("m", "--fake-orphan"));
        Fixture.await(host, "m", ModelStatus.LOADED);
        assertThat(fixture.running()).hasSize(2);

        host.unload(new UnloadRequest("m", null, false));

        assertThat(fixture.running()).isEmpty();
    }

    @Test
    void aModelMayBePutThereLater() throws Exception {
        Path models = dir.resolve("models");
        Files.delete(models.resolve("m.gguf"));
        assertThatThrownBy(() -> host.load(Fixture.request("m")))
                .hasMessageContaining("model_dirs");
        Files.writeString(models.resolve("m.gguf"), "x");
        host.load(Fixture.request("m"));
        Fixture.await(host, "m", ModelStatus.LOADED);
    }

    @Test
    void ofModelsThatFailedTheLastAreKeptAndSoAreTheirLogs() throws Exception {
        host.close();
        host = fixture.start(fixture.scripted("echo no; exit 1\n"));
        for (int i = 0; i < 80; i++) {
            String model = "invented/" + i;
            host.load(Fixture.request(model));
            Fixture.await(host, model, ModelStatus.FAILED);
        }

        assertThat(host.models())
                .hasSize(64)
                .allSatisfy(model -> assertThat(model.status()).isEqualTo(ModelStatus.FAILED))
                .anySatisfy(model -> assertThat(model.id()).isEqualTo("invented/79"))
                .noneSatisfy(model -> assertThat(model.id()).isEqualTo("invented/0"));
        assertThat(host.log("invented/79")).contains("no");
        try (Stream<Path> logs = Files.list(fixture.state().resolve("logs"))) {
            assertThat(logs.filter(log -> log.toString().endsWith(".log"))).hasSizeBetween(64, 66);
        }
        assertThat(fixture.records()).isEmpty();
    }

    @Test
    void noMoreModelsThanTheConfigurationAllowsAreThereAtOnce() throws Exception {
        host.close();
        host = fixture.start(fixture.scripted("exec sleep 1000\n"));
        for (int i = 0; i < 8; i++) {
            host.load(Fixture.request("m" + i));
        }

        assertThatThrownBy(() -> host.load(Fixture.request("m8")))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("max_models");
        assertThat(host.load(Fixture.request("m7")).status()).isEqualTo(ModelStatus.LOADING);
        host.unload(new UnloadRequest("m0", null, false));
        assertThat(host.load(Fixture.request("m8")).status()).isEqualTo(ModelStatus.LOADING);
    }
}
