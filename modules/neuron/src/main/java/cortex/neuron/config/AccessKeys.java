package cortex.neuron.config;

import cortex.core.config.Credentials;
import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.guard.HostNames;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.PemKeys;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `[neuron]` of neuron.toml says about who may talk to it.
final class AccessKeys {
    private static final String CREDENTIAL = "neuron-keys";

    private static final ValueType<List<Secret>> KEYS =
            ValueTypes.listOf(
                    FleetKey.CONFIGURED,
                    "an array of keys of at least 32 characters without spaces, as `neuron keys"
                            + " new` prints");

    private AccessKeys() {}

    static NeuronConfig.Access read(Section neuron, Map<String, String> environment) {
        List<Secret> keys = keys(neuron, environment);
        boolean open =
                neuron.read(
                                "open",
                                ValueTypes.BOOLEAN,
                                "Without `keys`, let anyone who can reach `listen` start engines"
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
        return new NeuronConfig.Access(keys, open, hosts, tls(neuron));
    }

    private static @Nullable PemFiles tls(Section neuron) {
        PemFiles files =
                PemKeys.read(
                        neuron,
                        new PemKeys.Meanings(
                                "Speak TLS (https) as this certificate, a PEM file with those that"
                                        + " lead to its root behind it. Read anew when it changes.",
                                "The private key of `tls_cert` in PEM, unencrypted: PKCS #8, or for"
                                        + " RSA also PKCS #1.",
                                "tls_client_ca",
                                "Accept only clients with a certificate of these CAs (a PEM file);"
                                        + " then `keys` are not needed."));
        if (files != null && files.certificate() == null) {
            neuron.problem("tls_client_ca", "is only of use with tls_cert and tls_key.");
        }
        return files;
    }

    private static List<Secret> keys(Section neuron, Map<String, String> environment) {
        List<Secret> written =
                neuron.read(
                                "keys",
                                KEYS,
                                "Keys; each gateway needs one of them (`key` in its `[[neurons]]`);"
                                    + " several while one is replaced. Not given: the lines of the"
                                    + " systemd credential `neuron-keys`. Without any, it listens"
                                    + " on loopback only, unless it is `open`.")
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
        } else if (!given.isEmpty()) {
            neuron.fromCredential("keys", KEYS, given, CREDENTIAL);
        }
        return given;
    }
}
