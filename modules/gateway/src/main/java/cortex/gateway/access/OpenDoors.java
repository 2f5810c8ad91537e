package cortex.gateway.access;

import cortex.core.config.HostPort;
import cortex.core.config.Secret;
import cortex.core.config.Section;
import cortex.core.log.Quantity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/// Warns of settings by which more programs get in, or get prompts, than an operator may mean.
public final class OpenDoors {
    private static final int LEAST_KEY = 16;

    private OpenDoors() {}

    /// Warns when every host may use the models, and of keys that can be guessed.
    public static void warnOfClients(Section gateway, HostPort listen, List<Secret> keys) {
        if (keys.isEmpty() && !isLoopback(listen)) {
            gateway.warn(
                    "listen",
                    "no api_keys: anyone who can reach "
                            + listen
                            + " can use every model. Set api_keys in [gateway], or listen ="
                            + " \"127.0.0.1:"
                            + listen.port()
                            + "\".");
        }
        warnOfWeakKeys(gateway, "api_keys", keys);
    }

    /// Warns of each key shorter than 16 characters; its length tells nothing else of it.
    public static void warnOfWeakKeys(Section gateway, String name, List<Secret> keys) {
        keys.stream()
                .mapToInt(key -> key.reveal().length())
                .filter(length -> length < LEAST_KEY)
                .distinct()
                .forEach(length ->
                        gateway.warn(
                                name,
                                "a key of "
                                        + Quantity.of(length, "character")
                                        + " can be guessed. Make one with openssl rand -hex 32."));
    }

    /// Warns of a neuron on another host that proves nothing, and of a path in its endpoint.
    public static void warnOfNeuron(Section neuron, String name, URI endpoint, boolean keyed) {
        boolean https = "https".equals(endpoint.getScheme());
        if (!keyed && !https && !isHere(String.valueOf(endpoint.getHost()))) {
            neuron.warn(
                    "endpoint",
                    "node "
                            + name
                            + " has no key, so any program at its address would receive prompts."
                            + " Run `neuron keys new` there; put keys into its neuron.toml and key"
                            + " here.");
        }
        String path = endpoint.getRawPath();
        if (path != null && !path.isEmpty()) {
            neuron.warn(
                    "endpoint",
                    "has the path "
                            + path
                            + ", which is right only where a proxy takes it off. Otherwise remove"
                            + " it.");
        }
    }

    /// By what is written: no name service is asked, for which the start might have to wait.
    private static boolean isHere(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    /// Whether only this host reaches it; a name that is not known is no such address.
    public static boolean isLoopback(HostPort listen) {
        InetAddress at = new InetSocketAddress(listen.host(), listen.port()).getAddress();
        return at != null && at.isLoopbackAddress();
    }
}
