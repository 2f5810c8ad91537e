package cortex.gateway.fleet.view;

import cortex.gateway.placement.footprint.Footprint;
import java.util.List;
import java.util.Map;

/// Is the fleet as readers outside its lock see it. A change of the fleet makes a new one, which
/// shares every part that did not change. Two things are read as they are now, since they change
/// with every request: the state of a replica and the length of a queue.
///
/// @param nodes the configured nodes, in the order of the configuration
/// @param replicas the replicas, oldest first; those of nodes that do not answer too
/// @param models the models that are known, in no order
/// @param known what the engine of each model's last ready replica said, which may be gone
/// @param ended the engines that ended lately without being told to, by their loads, with the
///   neuron's words (empty when it gave none)
/// @param footprints what models were measured to take, the one noted longest ago first
public record FleetView(
        List<NodeView> nodes,
        List<LiveReplica> replicas,
        List<LiveModel> models,
        Map<String, KnownModel> known,
        Map<Long, String> ended,
        List<Footprint> footprints) {
    public FleetView {
        nodes = List.copyOf(nodes);
        replicas = List.copyOf(replicas);
        models = List.copyOf(models);
        known = Map.copyOf(known);
        ended = Map.copyOf(ended);
        footprints = List.copyOf(footprints);
    }

    /// Returns how many requests wait for a model now.
    public int waiting(String model) {
        for (LiveModel each : models) {
            if (each.id().equals(model)) {
                return each.waiting();
            }
        }
        return 0;
    }
}
