package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.core.time.SystemTime;
import cortex.neuron.device.DeviceView;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.FakeEngine;
import cortex.neuron.process.Poll;
import cortex.neuron.process.ProcessIdentity;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of engines when the neuron is killed without a chance to stop them.
@Timeout(120)
class AdoptionAfterKillTest {
    @TempDir private Path dir;
    private Fixture fixture;

    @BeforeEach
    void make() throws Exception {
        fixture = new Fixture(dir);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        fixture.assertNothingLeft();
    }

    /// Starts a host in a process of its own, waits for its two replicas and kills it with KILL.
    private List<String> killedHost() throws Exception {
        URL self = Objects.requireNonNull(HostProgram.class.getResource("HostProgram.class"));
        Path classes = Path.of(self.toURI());
        for (int i = 0; i < 4; i++) {
            classes = Objects.requireNonNull(classes.getParent());
        }
        String path =
                String.join(
                        File.pathSeparator,
                        classes.toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""));
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                path,
                                HostProgram.class.getName(),
                                dir.toString())
                        .redirectError(dir.resolve("host.err").toFile())
                        .start();
        try (BufferedReader out = process.inputReader()) {
            String line = out.readLine();
            assertThat(line).as(Files.readString(dir.resolve("host.err"))).startsWith("replicas ");
            return List.of(line.split(" ", -1)).subList(1, 3);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor()).isEqualTo(137);
        }
    }

    @Test
    void aReadyEngineAndALoadingOneAreTakenOver() throws Exception {
        List<String> replicas = killedHost();
        assertThat(fixture.running()).hasSize(2);

        try (ReplicaHost host = fixture.start()) {
            // Known from the very first moment, so that nobody orders a second load.
            assertThat(host.models())
                    .extracting(ModelInfo::replica)
                    .containsExactlyElementsOf(replicas);
            ModelInfo kept = Fixture.await(host, "kept", ModelStatus.LOADED);
            assertThat(kept.engine().slots()).isEqualTo(2);
            assertThat(host.load(Fixture.request("slow")).replica()).isEqualTo(replicas.get(1));
            Fixture.await(host, "slow", ModelStatus.LOADED);
            assertThat(fixture.started()).hasSize(2);
            assertThat(host.log("kept")).contains("fake engine");

            host.unload(new UnloadRequest("kept", null, false));
            assertThat(fixture.running()).hasSize(1);
        }
        assertThat(fixture.running()).isEmpty();
        assertThat(fixture.records()).isEmpty();
    }

    @Test
    void anEngineThatDiedMeanwhileAndOneWithoutHarnessAreCleanedUp() throws Exception {
        killedHost();
        ProcessHandle.of(fixture.running().getFirst()).orElseThrow().destroyForcibly();

        HostSetup noHarness =
                new HostSetup(
                        "here",
                        fixture.state(),
                        8 << 10,
                        List.of(),
                        fixture.rules(),
                        List.of(),
                        Fixture.WAITS);
        try (ReplicaHost host = noHarness.start(DeviceView.NONE, new SystemTime())) {
            assertThat(host.models()).isEmpty();
            Poll.until("all reaped", () -> fixture.running().isEmpty());
            Poll.until("all forgotten", () -> fixture.records().isEmpty());
        }
    }

    @Test
    void aReusedPidIsNotTouched() throws Exception {
        Process innocent = new ProcessBuilder("sleep", "1000").start();
        try {
            ProcessIdentity real = Objects.requireNonNull(ProcessIdentity.of(innocent.pid()));
            ProcessIdentity before = new ProcessIdentity(real.pid(), real.start() + "1");
            save(
                    new Adoption.Saved(
                            "old-1", "llamacpp", Fixture.request("m"), 1, before, true, null));

            try (ReplicaHost host = fixture.start()) {
                assertThat(host.models()).isEmpty();
                Poll.until("forgotten", () -> fixture.records().isEmpty());
            }
            assertThat(innocent.isAlive()).isTrue();
            assertThat(real.alive()).isTrue();
        } finally {
            innocent.destroyForcibly().waitFor();
        }
    }

    @Test
    void aProcessStartedButNotYetRecordedIsFoundByItsMark() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(FakeEngine.script(dir).toString(), "--port", "0");
        builder.environment().put("FAKE_PIDS", dir.resolve("pids").toString());
        builder.environment().put("CORTEX_REPLICA", "half-0123456789ab");
        Process engine = builder.redirectOutput(dir.resolve("out").toFile()).start();
        Poll.until("it runs", () -> !fixture.running().isEmpty());
        save(
                new Adoption.Saved(
                        "half-0123456789ab",
                        "llamacpp",
                        Fixture.request("m"),
                        1,
                        null,
                        false,
                        null));

        try (ReplicaHost host = fixture.start()) {
            assertThat(host.models()).isEmpty();
            Poll.until("reaped", () -> !engine.isAlive());
        }
    }

    /// Nobody else knows its key, and nothing else would ever end it.
    @Test
    void anEngineWhoseRecordIsLostIsEnded() throws Exception {
        List<String> replicas = killedHost();
        Path records = fixture.state().resolve("replicas");
        Files.delete(records.resolve(replicas.get(0) + ".json"));
        Files.writeString(records.resolve(replicas.get(1) + ".json"), "{");
        Process somebodyElses = marked("0f0f0f0f-0000-4000-8000-000000000000");
        try (ReplicaHost host = fixture.start()) {
            assertThat(host.models()).isEmpty();
            Poll.until("the lost are ended", () -> fixture.running().isEmpty());
            assertThat(fixture.records()).isEmpty();
            assertThat(somebodyElses.isAlive()).isTrue();
        } finally {
            somebodyElses.destroyForcibly().waitFor();
        }
    }

    /// A file system that fails for a moment is no reason to end an engine.
    @Test
    void anEngineWhoseRecordCannotBeReadNowGoesOn() throws Exception {
        Path records = fixture.state().resolve("replicas");
        for (String replica : killedHost()) {
            Path record = records.resolve(replica + ".json");
            Files.delete(record);
            Files.createDirectory(record);
        }
        List<Long> before = fixture.running();
        Process lost = lost();
        try (ReplicaHost host = fixture.start()) {
            assertThat(host.models()).isEmpty();
            Poll.until("a lost one is ended", () -> !lost.isAlive());
            assertThat(fixture.running()).containsAll(before);
        } finally {
            before.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            Poll.until("they are gone", () -> fixture.running().isEmpty());
        }
    }

    /// A process of the neuron whose state is there, without a record.
    private Process lost() throws IOException {
        return marked(Files.readString(fixture.state().resolve("id")));
    }

    private static Process marked(String neuron) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sleep", "1000");
        builder.environment().put("CORTEX_REPLICA", "other-0123456789ab");
        builder.environment().put("CORTEX_NEURON", neuron);
        return builder.start();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"replica\":",
                "null",
                "{}",
                "[]",
                "{\"replica\":\"broken-1\"}",
                "{\"replica\":\"broken-1\",\"harness\":\"llamacpp\",\"request\":null}",
                "{\"replica\":\"broken-1\",\"harness\":\"llamacpp\",\"request\":{}}",
                "{\"replica\":\"broken-1\",\"harness\":null,\"request\":{\"model_id\":\"m\"}}"
            })
    void aRecordThatCannotBeReadHarmsNobody(String record) throws Exception {
        Path records = Files.createDirectories(fixture.state().resolve("replicas"));
        Files.writeString(records.resolve("broken-1.json"), record);

        try (ReplicaHost host = fixture.start()) {
            host.load(Fixture.request("fine"));
            Fixture.await(host, "fine", ModelStatus.LOADED);
        }
    }

    @Test
    void anUnhealthyEngineIsNotKept() throws Exception {
        List<String> replicas = killedHost();
        process(replicas.get(1)).destroyForcibly();
        stopSignal(process(replicas.get(0)).pid());

        try (ReplicaHost host =
                fixture.start(fixture.config(Duration.ofMillis(300), Duration.ofSeconds(20)))) {
            ModelInfo failed = Fixture.await(host, "kept", ModelStatus.FAILED);
            assertThat(failed.engine().reason()).contains("no progress");
            assertThat(fixture.running()).isEmpty();
        }
    }

    /// The engine of a replica, as its record names it.
    private ProcessHandle process(String replica) throws IOException {
        Path record = fixture.state().resolve("replicas").resolve(replica + ".json");
        Adoption.Saved saved =
                Json.MAPPER.readValue(Files.readAllBytes(record), Adoption.Saved.class);
        return ProcessHandle.of(Objects.requireNonNull(saved.process()).pid()).orElseThrow();
    }

    private void save(Adoption.Saved saved) throws IOException {
        Path records = Files.createDirectories(fixture.state().resolve("replicas"));
        new Adoption(records, "nobody", new SystemTime()).save(saved);
    }

    private static void stopSignal(long pid) throws Exception {
        Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start();
        assertThat(kill.waitFor()).isZero();
    }
}
