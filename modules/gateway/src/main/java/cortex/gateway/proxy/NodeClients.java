package cortex.gateway.proxy;

import cortex.gateway.nodes.NodeIdentity;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/// One way to each configured node, with an HTTP client of its own, so that a node's trouble stays
/// its own.
public final class NodeClients implements AutoCloseable {
    private final Map<String, NodeDoor> doors;

    /// Makes a client for each node; `connect` is the time to reach it.
    public NodeClients(Map<String, NodeIdentity> nodes, Duration connect) {
        doors =
                nodes.entrySet().stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        Map.Entry::getKey,
                                        node ->
                                                new NodeDoor(
                                                        node.getValue().client(connect),
                                                        node.getValue())));
    }

    /// The way to a node.
    ///
    /// @throws IllegalArgumentException when the node is not configured
    public NodeDoor of(String node) {
        NodeDoor door = doors.get(node);
        if (door == null) {
            throw new IllegalArgumentException("no such node: " + node);
        }
        return door;
    }

    /// Drops all connections at once.
    @Override
    public void close() {
        doors.values().forEach(NodeDoor::close);
    }
}
