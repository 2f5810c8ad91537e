package cortex.gateway.http.models;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.Outward;
import cortex.core.node.ModelStatus;
import cortex.gateway.fleet.FleetSnapshot;
import cortex.gateway.fleet.FleetSnapshot.ReplicaView;
import cortex.gateway.fleet.FleetSnapshot.Stage;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.NodeView;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is said of one model: by the catalogue, by its replicas, and by the engine of its last
/// replica, which may be gone.
final class ModelEntry {
    private final ModelProfile profile;
    private final FleetSnapshot fleet;
    private final boolean never;
    private final List<ReplicaView> replicas;
    private final KnownModel known;

    /// What is said of `profile`; `never` when no node can ever hold it.
    ModelEntry(ModelProfile profile, FleetSnapshot fleet, boolean never) {
        this.profile = profile;
        this.fleet = fleet;
        this.never = never;
        this.known = fleet.known().getOrDefault(profile.id(), KnownModel.NOTHING);
        this.replicas =
                fleet.replicas().stream()
                        .filter(replica -> replica.model().equals(profile.id()))
                        .filter(replica -> counts(replica.stage()))
                        .sorted(Comparator.comparingInt(replica -> rank(replica.stage().status())))
                        .toList();
    }

    /// Whether it is news for clients: a load that failed is none while another node may do.
    private static boolean counts(Stage stage) {
        return stage.failure() == null || stage.everywhere();
    }

    /// The entry under one of the model's names. The context's length goes by the names that
    /// Anthropic's SDKs, OpenRouter's, Groq's and vLLM's clients look for.
    Map<String, @Nullable Object> as(String name, Instant since) {
        boolean alias = !name.equals(profile.id());
        ReplicaView best = replicas.isEmpty() ? null : replicas.getFirst();
        Integer context = context();
        Capabilities capabilities = Capabilities.of(profile, known.traits());
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("id", name);
        entry.put("object", "model");
        entry.put("created", since.getEpochSecond());
        entry.put("owned_by", "cortex");
        entry.put("type", "model");
        entry.put("display_name", name);
        entry.put("description", alias ? "Another name of " + profile.id() + "." : null);
        entry.put("created_at", since.toString());
        entry.put("lifecycle", "active");
        entry.put("root", profile.id());
        entry.put("aliases", profile.aliases());
        entry.put("status", status(best));
        entry.put("node", best == null ? null : Outward.nodeOrNull(best.node()));
        entry.put("nodes", replicas.stream().map(r -> Outward.node(r.node())).distinct().toList());
        entry.put("max_input_tokens", context);
        entry.put("max_tokens", profile.quirks().maxOutputTokens());
        entry.put("context_length", context);
        entry.put("context_window", context);
        entry.put("max_model_len", context);
        entry.put("architecture", capabilities.modalities());
        entry.put("capabilities", capabilities.shown());
        return entry;
    }

    /// Loaded, loading, failed (no node can load it before something changes), unloaded (a node
    /// could load it) or unavailable (no healthy node runs its harness, or none could ever hold
    /// it).
    private String status(@Nullable ReplicaView best) {
        if (best != null && rank(best.stage().status()) <= rank(ModelStatus.FAILED)) {
            return switch (best.stage().status()) {
                case LOADED -> "loaded";
                case LOADING -> "loading";
                case FAILED -> "failed";
                case UNLOADING, UNLOADED -> "unloaded";
            };
        }
        boolean possible =
                !never
                        && fleet.nodes().stream()
                                .filter(node -> profile.needs().allows(node.name()))
                                .anyMatch(node -> runs(node, profile.engine().harness()));
        return possible ? "unloaded" : "unavailable";
    }

    private static boolean runs(NodeView node, String harness) {
        return node.contact().counts()
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

    /// What one request may hold: as an engine says or said, else the catalogue's share of one
    /// slot.
    private @Nullable Integer context() {
        Integer told =
                replicas.stream()
                        .map(replica -> replica.engine().context())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(known.context());
        Integer configured = profile.engine().options().context();
        if (told != null || configured == null) {
            return told;
        }
        Integer slots = profile.engine().options().parallel();
        return slots == null || slots < 1 ? configured : configured / slots;
    }
}
