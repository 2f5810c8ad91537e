package cortex.gateway.config;

import cortex.core.config.Credentials;
import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import cortex.gateway.access.OpenDoors;
import cortex.relay.fleetkey.FleetKey;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.PemKeys;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One neuron: the name the fleet calls it by, its base URL without a slash at the end, and the key
/// that both have (null when what it answers need not be proven), whom to believe and what to show
/// by https (null for whom Java believes, and nothing), and the hosts besides its own on which its
/// engines may be.
public record NodeAddress(
        String name,
        URI endpoint,
        @Nullable Secret key,
        @Nullable PemFiles tls,
        List<String> engineHosts) {
    private static final ValueType<String> NODE_NAME =
            ValueTypes.TEXT.where(
                    name -> name.matches("[A-Za-z0-9][A-Za-z0-9._-]*"),
                    "a name of letters, digits, '.', '_' and '-'");

    private static final String CREDENTIAL = "neuron-key";

    public NodeAddress {
        engineHosts = List.copyOf(engineHosts);
    }

    /// One without a key, whose engines are all on its own host.
    public NodeAddress(String name, URI endpoint) {
        this(name, endpoint, null, null, List.of());
    }

    /// Reads the `[[neurons]]` of cortex.toml. Names and endpoints are each used once.
    static List<NodeAddress> readAll(Section root, Map<String, String> environment) {
        Credentials credentials = new Credentials(environment);
        List<Section> sections = root.tables("neurons", "One GPU machine. At least one is needed.");
        if (sections.isEmpty() && root.whole() && !root.has("neurons")) {
            root.problem("holds no [[neurons]]. Add one for each GPU machine.");
        }
        List<NodeAddress> neurons = new ArrayList<>();
        Map<String, Section> names = new HashMap<>();
        Map<URI, String> endpoints = new HashMap<>();
        for (Section neuron : sections) {
            String name = neuron.read("name", NODE_NAME, "What the fleet calls it.").required();
            URI endpoint = neuron.read("endpoint", ValueTypes.BASE_URL, "Its base URL.").required();
            Section first = name.isEmpty() ? null : names.putIfAbsent(name, neuron);
            if (first != null) {
                neuron.problem(
                        "name",
                        "'"
                                + name
                                + "' is also the name of the entry at "
                                + first.origin("name").where()
                                + ". Names must be unique.");
            }
            String other = neuron.has("endpoint") ? endpoints.putIfAbsent(endpoint, name) : null;
            if (other != null && !endpoint.equals(ValueTypes.NOWHERE)) {
                neuron.problem(
                        "endpoint",
                        "is also the endpoint of '" + other + "'. Endpoints must be unique.");
            }
            List<String> engineHosts =
                    neuron.read(
                                    "engine_hosts",
                                    ValueTypes.TEXTS,
                                    "Other hosts on which its engines may run. Requests go to no"
                                            + " other host.")
                            .or(List.of());
            NodeAddress address =
                    new NodeAddress(
                            name,
                            endpoint,
                            key(neuron, name, credentials),
                            tls(neuron, endpoint),
                            engineHosts);
            OpenDoors.warnOfNeuron(neuron, name, endpoint, address.key() != null);
            neurons.add(address);
        }
        return neurons;
    }

    private static @Nullable PemFiles tls(Section neuron, URI endpoint) {
        PemFiles files =
                PemKeys.read(
                        neuron,
                        new PemKeys.Meanings(
                                "The certificate to show it, a PEM file, where it has a"
                                        + " `tls_client_ca`. Read anew when it changes.",
                                "The private key of `tls_cert` in PEM, unencrypted: PKCS #8, or for"
                                        + " RSA also PKCS #1.",
                                "tls_ca",
                                "The CA file (PEM) that an https endpoint's certificate must come"
                                        + " from. Not set: Java's default CAs."));
        if (files != null
                && !"https".equals(endpoint.getScheme())
                && !endpoint.equals(ValueTypes.NOWHERE)) {
            neuron.problem(
                    "endpoint",
                    "has tls_ keys but no https endpoint: begin it with https://, or remove"
                            + " them.");
        }
        return files;
    }

    private static @Nullable Secret key(Section neuron, String name, Credentials credentials) {
        Secret written =
                neuron.read(
                                "key",
                                FleetKey.CONFIGURED,
                                "One of the neuron's `keys`. cortex signs its requests with it, and"
                                    + " sends prompts only to a neuron that proves to have it. Not"
                                    + " set: the systemd credential `neuron-key.NAME` or"
                                    + " `neuron-key`; without one, there is no authentication.")
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
