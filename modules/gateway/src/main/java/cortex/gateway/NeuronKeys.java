package cortex.gateway;

import cortex.core.config.Credentials;
import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.PemKeys;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a `[[neurons]]` entry of cortex.toml says of the secret that it shares with the neuron, and
/// of TLS.
final class NeuronKeys {
    private static final String CREDENTIAL = "neuron-key";

    private NeuronKeys() {}

    static @Nullable PemFiles tls(Section neuron, URI endpoint) {
        PemFiles files =
                PemKeys.read(
                        neuron,
                        new PemKeys.Meanings(
                                "The certificate to show it, a PEM file, where it has a"
                                        + " `tls_client_ca`. Read anew when it changes.",
                                "The private key of `tls_cert` in PEM, unencrypted: PKCS #8, or for"
                                        + " RSA also PKCS #1.",
                                "tls_ca",
                                "By https, believe a certificate of these authorities only (a PEM"
                                        + " file). Not given: those that Java knows."));
        if (files != null && !"https".equals(endpoint.getScheme())) {
            neuron.problem("endpoint", "the tls_… keys are only of use with an https endpoint.");
        }
        return files;
    }

    static @Nullable Secret key(Section neuron, String name, Credentials credentials) {
        Secret written =
                neuron.read(
                                "key",
                                FleetKey.CONFIGURED,
                                "One of the neuron's `keys`. Requests are signed with it, and only"
                                        + " whoever proves to have it is sent prompts. Not given:"
                                        + " the systemd credential `neuron-key.NAME` or"
                                        + " `neuron-key`; without that, nothing is signed and"
                                        + " nothing need be proven.")
                        .orNull();
        if (written != null || neuron.has("key")) {
            return written;
        }
        for (String credential : List.of(CREDENTIAL + "." + name, CREDENTIAL)) {
            List<Secret> given = credentials.secrets(credential, neuron, "key");
            if (given.size() == 1 && FleetKey.isUsable(given.getFirst())) {
                neuron.fromCredential("key", FleetKey.CONFIGURED, given.getFirst(), credential);
                return given.getFirst();
            }
            if (!given.isEmpty()) {
                neuron.problem(
                        "key",
                        "the credential "
                                + credential
                                + " is no key: expected one line of 32 characters or more without"
                                + " spaces.");
                return null;
            }
        }
        return null;
    }
}
