package cortex.neuron.replica;

import cortex.core.config.Secret;
import cortex.core.log.Redaction;
import cortex.core.time.Time;
import cortex.neuron.config.ConfigWarning;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.ChildHarness;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.process.ProcessLauncher;
import cortex.neuron.process.Processes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a {@link ReplicaHost} is made of: the node's name for messages, where records and logs are
/// kept, how many bytes of each engine's output are kept, the harnesses, what a load may name, the
/// fleet's keys, which no engine gets, and how long it waits.
public record HostSetup(
        String node,
        Path stateDir,
        int logBytes,
        List<HarnessConfig> harnesses,
        LoadPolicy.Rules rules,
        List<Secret> keys,
        Waits waits) {
    private static final System.Logger LOG = System.getLogger(HostSetup.class.getName());

    public HostSetup {
        harnesses = List.copyOf(harnesses);
        keys = List.copyOf(keys);
    }

    /// How long device memory may take to come back after an engine ended, and how long requests in
    /// flight may go on before a harness is restarted.
    public record Waits(Duration memoryReturn, Duration drain) {}

    /// A host with the engines that an earlier life of this program left behind taken over, or
    /// being stopped when they are of no use. Waits a moment for those that were ready, so that
    /// they are from the first answer on, and for no others.
    ///
    /// @throws IOException when the state directory cannot be used
    public ReplicaHost start(DeviceView devices, Time time) throws IOException {
        ProcessLauncher launcher =
                ProcessLauncher.system(keys.stream().map(Secret::reveal).toList());
        Processes processes = Processes.open(stateDir, logBytes, launcher, time);
        Redaction redaction = HarnessSet.redaction(harnesses);
        ReplicaHost.Context context =
                new ReplicaHost.Context(
                        node,
                        rules.maxModels(),
                        processes,
                        model -> processes.log(model, redaction).text(),
                        devices,
                        time,
                        waits);
        HarnessSet set = HarnessSet.of(harnesses, rules, processes, devices);
        warnings(harnesses, rules).forEach(warning -> LOG.log(Level.WARNING, warning.toString()));
        ReplicaHost host = new ReplicaHost(context, set);
        try {
            host.awaitLoaded(new Recovery(host, set, processes.adoption()).run());
        } catch (IOException e) {
            host.close();
            throw e;
        }
        set.all()
                .forEach(harness ->
                        harness.watch((request, engine) -> host.found(harness, request, engine)));
        return host;
    }

    /// What cannot be started or loaded as things are now. A gateway never asks for what is not
    /// offered, so nobody would hear of a mistyped path.
    public static List<ConfigWarning> warnings(
            List<HarnessConfig> harnesses, LoadPolicy.Rules rules) {
        List<ConfigWarning> warnings = new ArrayList<>();
        for (int i = 0; i < harnesses.size(); i++) {
            HarnessConfig harness = harnesses.get(i);
            String why = ChildHarness.unavailable(harness);
            if (why != null) {
                boolean program = harness.started().binary() != null;
                String next = program ? ". Install it or correct binary" : "";
                warnings.add(
                        new ConfigWarning(
                                "harnesses[" + i + "]." + (program ? "binary" : "name"),
                                why + ", so harness " + harness.name() + " is not offered" + next));
            }
        }
        for (Path dir : rules.dirs().dirs()) {
            if (!Files.isDirectory(dir)) {
                warnings.add(
                        new ConfigWarning(
                                "neuron.model_dirs",
                                "there is no directory "
                                        + dir
                                        + "; no model is loaded from it until there is"));
            }
        }
        return warnings;
    }
}
