package cortex.gateway.fleet.queue;

import java.util.HashMap;
import java.util.Map;

/// Counts the slots that each client's requests have of one model, and each network's. Changed by
/// its one owner.
public final class Shares {
    private final Map<String, Integer> clients = new HashMap<>();
    private final Map<String, Integer> networks = new HashMap<>();

    /// Gives a client slots.
    public void take(String client, int slots) {
        clients.merge(client, slots, Integer::sum);
        networks.merge(Networks.of(client), slots, Integer::sum);
    }

    /// Takes a client's slots back.
    public void giveBack(String client, int slots) {
        giveBack(clients, client, slots);
        giveBack(networks, Networks.of(client), slots);
    }

    private static void giveBack(Map<String, Integer> shares, String who, int slots) {
        shares.computeIfPresent(who, (_, has) -> has > slots ? has - slots : null);
    }

    /// Returns how many slots a client has.
    public int of(String client) {
        return clients.getOrDefault(client, 0);
    }

    /// Returns how many slots a network has.
    public int ofNetwork(String network) {
        return networks.getOrDefault(network, 0);
    }
}
