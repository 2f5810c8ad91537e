package cortex.neuron;

import cortex.core.config.Credentials;
import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.guard.HostNames;
import java.util.List;
import java.util.Map;

/// What `[neuron]` of neuron.toml says about who may talk to it.
final class AccessKeys {
    private static final String CREDENTIAL = "neuron-keys";

    private AccessKeys() {}

    static NeuronConfig.Access read(Section neuron, Map<String, String> environment) {
        List<Secret> keys = keys(neuron, environment);
        boolean open =
                neuron.read(
                                "open",
                                ValueTypes.BOOLEAN,
                                "Without `keys`, let everybody who reaches `listen` start engines"
                                        + " here and use them. Only for a network in which every"
                                        + " program is trusted.")
                        .or(false);
        if (open && !keys.isEmpty()) {
            neuron.problem("open", "there are keys too; take one of the two out.");
        }
        List<String> hosts =
                neuron.read(
                                "hosts",
                                HostNames.CONFIGURED,
                                "Names by which it is called, besides its addresses, `localhost`"
                                        + " and its machine's own name: each a name, `*.domain` or"
                                        + " `*`. Requests without a key that call it by another"
                                        + " name are refused; so no web page gets in by rebinding"
                                        + " its own name.")
                        .or(List.of());
        return new NeuronConfig.Access(keys, open, hosts);
    }

    private static List<Secret> keys(Section neuron, Map<String, String> environment) {
        List<Secret> written =
                neuron.read(
                                "keys",
                                ValueTypes.listOf(
                                        FleetKey.CONFIGURED,
                                        "an array of keys of 32 characters or more without spaces,"
                                                + " as `neuron keys new` prints"),
                                "Keys, one of which a gateway must have (`key` in its"
                                        + " `[[neurons]]`); several while one is replaced. Not"
                                        + " given: the lines of the systemd credential"
                                        + " `neuron-keys`. None: it listens on loopback only,"
                                        + " unless it is `open`.")
                        .or(List.of());
        if (neuron.has("keys")) {
            return written;
        }
        List<Secret> given = new Credentials(environment).secrets(CREDENTIAL, neuron, "keys");
        if (!given.stream().allMatch(FleetKey::isUsable)) {
            neuron.problem(
                    "keys",
                    "a line of the credential "
                            + CREDENTIAL
                            + " is no key: expected 32 characters or more without spaces.");
        }
        return given;
    }
}
