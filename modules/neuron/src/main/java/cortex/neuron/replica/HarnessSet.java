package cortex.neuron.replica;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.log.Redaction;
import cortex.core.node.LoadRequest;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.device.DeviceView;
import cortex.neuron.harness.ChildHarness;
import cortex.neuron.harness.EngineHttp;
import cortex.neuron.harness.Harness;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.harness.remote.MistralRsRemote;
import cortex.neuron.process.Processes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The harnesses of this node by name. Immutable.
final class HarnessSet {
    private static final Duration MISSING_RETRY = Duration.ofSeconds(30);

    private final Map<String, Harness> byName;

    HarnessSet(List<Harness> harnesses) {
        Map<String, Harness> map = new LinkedHashMap<>();
        harnesses.forEach(harness -> map.put(harness.name(), harness));
        this.byName = Map.copyOf(map);
    }

    /// The harnesses that the configuration names.
    static HarnessSet of(
            List<HarnessConfig> configs,
            LoadPolicy.Rules rules,
            Processes processes,
            DeviceView devices) {
        EngineHttp http = new EngineHttp();
        List<Harness> harnesses = new ArrayList<>();
        for (HarnessConfig config : configs) {
            harnesses.add(
                    config.remote() == null
                            ? ChildHarness.of(config, rules, processes, http, devices)
                            : new MistralRsRemote(config, http, processes.time(), devices));
        }
        return new HarnessSet(harnesses);
    }

    /// Knows the secrets that the configuration gives to engines.
    static Redaction redaction(List<HarnessConfig> configs) {
        Redaction redaction = Redaction.SHAPES;
        for (HarnessConfig config : configs) {
            // Each entry is NAME=value, as an argument may be.
            redaction =
                    redaction
                            .with(config.started().args(), Map.of())
                            .with(config.started().env(), Map.of());
        }
        return redaction;
    }

    Collection<Harness> all() {
        return byName.values();
    }

    @Nullable Harness named(String name) {
        return byName.get(name);
    }

    /// The names of those that a load can be asked of, sorted.
    List<String> available() {
        return byName.values().stream()
                .filter(harness -> harness.unavailable() == null)
                .map(Harness::name)
                .sorted()
                .toList();
    }

    /// The harness of that name.
    ///
    /// @throws FailureException `BadRequest` when there is none
    Harness require(String name) {
        Harness harness = byName.get(name);
        if (harness == null) {
            String known = String.join(", ", byName.keySet().stream().sorted().toList());
            throw new FailureException(
                    new Failure.BadRequest(
                            "This node has no harness '" + name + "' (" + known + ").", "harness"));
        }
        return harness;
    }

    /// The harness a load asks for.
    ///
    /// @throws FailureException `BadRequest` when there is none of that name, `LoadFailed` when it
    ///   cannot start anything now
    Harness require(LoadRequest request, String node) {
        Harness harness = require(request.harness());
        String missing = harness.unavailable();
        if (missing != null) {
            throw new FailureException(
                    new Failure.LoadFailed(request.modelId(), node, missing, MISSING_RETRY));
        }
        return harness;
    }
}
