package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.Secret;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.time.SystemTime;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.config.NeuronConfig.PortRange;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.harness.policy.ModelDirs;
import cortex.neuron.harness.policy.Sources;
import cortex.neuron.process.FakeEngine;
import cortex.neuron.process.Poll;
import cortex.neuron.process.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A state directory, a scripted engine as `llamacpp`, and the pids of all that were started.
final class Fixture {
    static final PortRange PORTS = new PortRange(21_500, 21_599);
    static final HostSetup.Waits WAITS =
            new HostSetup.Waits(Duration.ofSeconds(2), Duration.ofSeconds(2));

    /// A key of the fleet.
    static final String KEY = "fleet-0123456789abcdef";

    private final Path dir;
    private final Path pids;

    Fixture(Path dir) throws IOException {
        this.dir = dir;
        this.pids = Files.createDirectories(dir.resolve("pids"));
        Files.writeString(Files.createDirectories(dir.resolve("models")).resolve("m.gguf"), "x");
    }

    LoadPolicy.Rules rules() {
        return new LoadPolicy.Rules(
                new ModelDirs(List.of(dir.resolve("models"))), new Sources(List.of("hf:*")), 8);
    }

    Path state() {
        return dir.resolve("state");
    }

    HarnessConfig config(Duration grace, Duration stall) throws Exception {
        return config("llamacpp", grace, stall);
    }

    HarnessConfig config(String name, Duration grace, Duration stall) throws Exception {
        return config(name, FakeEngine.script(dir), grace, stall);
    }

    /// Engines that do what a shell script says.
    HarnessConfig scripted(String script) throws Exception {
        Path file = dir.resolve("scripted");
        Files.writeString(file, "#!/bin/sh\ntouch \"$FAKE_PIDS/$$\"\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return config("llamacpp", file, Duration.ofSeconds(3), Duration.ofSeconds(20));
    }

    private HarnessConfig config(String name, Path binary, Duration grace, Duration stall) {
        return new HarnessConfig(
                name,
                null,
                new NeuronConfig.Started(
                        binary.toString(),
                        PORTS,
                        List.of(),
                        List.of(
                                "FAKE_PIDS=" + pids,
                                "HF_TOKEN=hush-hush-hush",
                                "DISGUISED=x " + KEY),
                        FakeEngine.FLAGS,
                        List.of()),
                false,
                new NeuronConfig.Patience(grace, stall));
    }

    ReplicaHost start() throws Exception {
        return start(config(Duration.ofSeconds(3), Duration.ofSeconds(20)));
    }

    ReplicaHost start(HarnessConfig config) throws Exception {
        return start(config, DeviceView.NONE);
    }

    ReplicaHost start(HarnessConfig config, DeviceView devices) throws Exception {
        return new HostSetup(
                        "here",
                        state(),
                        8 << 10,
                        List.of(config),
                        rules(),
                        List.of(new Secret(KEY)),
                        WAITS)
                .start(devices, new SystemTime());
    }

    static LoadRequest request(String model, String... args) {
        EngineOptions options =
                new EngineOptions(
                        new EngineOptions.Origin("m.gguf", null),
                        8192,
                        2,
                        0,
                        List.of(),
                        null,
                        List.of(args));
        return new LoadRequest(model, "llamacpp", null, null, List.of(), 10L, options);
    }

    static @Nullable ModelInfo info(ReplicaHost host, String model) {
        return host.models().stream().filter(m -> m.id().equals(model)).findFirst().orElse(null);
    }

    static ModelInfo await(ReplicaHost host, String model, ModelStatus status) throws Exception {
        List<ModelInfo> seen = new ArrayList<>();
        Poll.until(
                model + " is " + status,
                () -> {
                    ModelInfo info = info(host, model);
                    if (info != null && info.status() == status) {
                        seen.add(info);
                    }
                    return !seen.isEmpty();
                });
        return seen.getFirst();
    }

    List<Long> started() throws IOException {
        try (Stream<Path> files = Files.list(pids)) {
            return files.map(file -> Long.parseLong(String.valueOf(file.getFileName()))).toList();
        }
    }

    List<Long> running() throws IOException {
        return started().stream().filter(pid -> ProcessIdentity.of(pid) != null).toList();
    }

    List<Path> records() throws IOException {
        try (Stream<Path> files = Files.list(state().resolve("replicas"))) {
            return files.toList();
        }
    }

    /// Nothing may be left; what is left is ended, by its pid, so that one failure stays one.
    void assertNothingLeft() throws IOException {
        List<Long> left = running();
        left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        assertThat(left).as("processes left behind").isEmpty();
    }
}
