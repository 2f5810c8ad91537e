package cortex.gateway.proxy;

import cortex.relay.pump.EngineClients;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// One HTTP client for each configured node, so that a node's trouble stays its own.
public final class NodeClients implements AutoCloseable {
    private final Map<String, HttpClient> clients;

    /// Makes a client for each node; `connect` is the time to reach it.
    public NodeClients(List<String> nodes, Duration connect) {
        clients =
                nodes.stream()
                        .distinct()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        Function.identity(), _ -> EngineClients.create(connect)));
    }

    /// The client of a node.
    ///
    /// @throws IllegalArgumentException when the node is not configured
    public HttpClient of(String node) {
        HttpClient client = clients.get(node);
        if (client == null) {
            throw new IllegalArgumentException("no such node: " + node);
        }
        return client;
    }

    /// Drops all connections at once.
    @Override
    public void close() {
        clients.values().forEach(HttpClient::shutdownNow);
        clients.values().forEach(HttpClient::close);
    }
}
