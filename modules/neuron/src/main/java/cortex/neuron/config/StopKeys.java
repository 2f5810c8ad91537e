package cortex.neuron.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.neuron.process.OnStop;
import java.time.Duration;
import java.util.Map;

/// What `[neuron]` says of how the program ends.
final class StopKeys {
    private StopKeys() {}

    static NeuronConfig.Stop read(Section neuron, Map<String, String> environment) {
        OnStop onStop =
                neuron.read(
                                "on_stop",
                                ValueTypes.oneOf(OnStop.class),
                                "What becomes of the engines when the program is stopped. `keep`:"
                                    + " they go on and the next start takes them over; gateways"
                                    + " hold requests meanwhile. `unload`: they end. `neuron stop"
                                    + " --keep` or `--unload` decides for one stop.")
                        .or(
                                OnStop.usual(environment, ProcessHandle.current().pid()),
                                "(`keep` as a systemd service, else `unload`)");
        Duration announce =
                neuron.read(
                                "announce_timeout",
                                ValueTypes.duration(Duration.ZERO),
                                "With `on_stop = \"keep\"`: how long it goes on serving at most"
                                    + " until all its gateways have heard of the restart. Longer"
                                    + " than their polling `interval`.")
                        .or(NeuronConfig.Stop.UNLOADING.announce());
        Duration back =
                neuron.read(
                                "restart_timeout",
                                ValueTypes.duration(Duration.ZERO),
                                "With `on_stop = \"keep\"`: how long it takes at most from its end"
                                        + " until the next start serves. Gateways hold requests so"
                                        + " long, and while its running requests end.")
                        .or(NeuronConfig.Stop.UNLOADING.back());
        return new NeuronConfig.Stop(onStop, announce, back);
    }
}
