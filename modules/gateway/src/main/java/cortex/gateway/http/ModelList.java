package cortex.gateway.http;

import cortex.core.catalogue.Catalogue;
import cortex.core.catalogue.ModelProfile;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.FleetSnapshot.NodeView;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The catalogue as `/v1/models` shows it: one body that the OpenAI and the Anthropic SDKs both
/// read, with what the fleet knows of each model beside it. All models are listed, also those that
/// nobody can serve now: their status says so.
public final class ModelList {
    private final Catalogue catalogue;
    private final Instant since;

    /// Lists `catalogue`; `since` is when it was read.
    public ModelList(Catalogue catalogue, Instant since) {
        this.catalogue = catalogue;
        this.since = since.truncatedTo(ChronoUnit.SECONDS);
    }

    /// The list.
    Map<String, @Nullable Object> all(FleetSnapshot fleet) {
        List<ModelProfile> profiles = catalogue.profiles();
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("object", "list");
        body.put("data", profiles.stream().map(profile -> one(profile, fleet)).toList());
        body.put("has_more", false);
        body.put("first_id", profiles.isEmpty() ? null : profiles.getFirst().id());
        body.put("last_id", profiles.isEmpty() ? null : profiles.getLast().id());
        return body;
    }

    /// One entry. `status` is loaded, loading, failed, unloaded (a node could load it) or
    /// unavailable (no healthy node runs its harness).
    Map<String, @Nullable Object> one(ModelProfile profile, FleetSnapshot fleet) {
        List<ReplicaView> replicas =
                fleet.replicas().stream()
                        .filter(replica -> replica.model().equals(profile.id()))
                        .sorted(Comparator.comparingInt(replica -> rank(replica.status())))
                        .toList();
        ReplicaView best = replicas.isEmpty() ? null : replicas.getFirst();
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("id", profile.id());
        entry.put("object", "model");
        entry.put("created", since.getEpochSecond());
        entry.put("owned_by", "cortex");
        entry.put("type", "model");
        entry.put("display_name", profile.id());
        entry.put("created_at", since.toString());
        entry.put("status", status(profile, best, fleet));
        entry.put("node", best == null ? null : best.node());
        entry.put("nodes", replicas.stream().map(ReplicaView::node).distinct().toList());
        entry.put("aliases", profile.aliases());
        entry.put("max_input_tokens", context(profile, replicas));
        return entry;
    }

    private static String status(
            ModelProfile profile, @Nullable ReplicaView best, FleetSnapshot fleet) {
        if (best != null && rank(best.status()) <= rank(ModelStatus.FAILED)) {
            return switch (best.status()) {
                case LOADED -> "loaded";
                case LOADING -> "loading";
                case FAILED -> "failed";
                case UNLOADING, UNLOADED -> "unloaded";
            };
        }
        boolean possible = fleet.nodes().stream().anyMatch(node -> runs(node, profile.harness()));
        return possible ? "unloaded" : "unavailable";
    }

    private static boolean runs(NodeView node, String harness) {
        return node.healthy()
                && node.discovery() != null
                && node.discovery().harnesses().contains(harness);
    }

    private static int rank(ModelStatus status) {
        return switch (status) {
            case LOADED -> 0;
            case LOADING -> 1;
            case FAILED -> 2;
            case UNLOADING -> 3;
            case UNLOADED -> 4;
        };
    }

    /// What one request may hold: as the engine says, else the catalogue's share of one slot.
    private static @Nullable Integer context(ModelProfile profile, List<ReplicaView> replicas) {
        Integer told =
                replicas.stream()
                        .map(ReplicaView::context)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        Integer configured = profile.options().context();
        if (told != null || configured == null) {
            return told;
        }
        Integer slots = profile.options().parallel();
        return slots == null || slots < 1 ? configured : configured / slots;
    }
}
