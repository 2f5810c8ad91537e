package cortex.gateway.fleet.view;

import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is one configured node as readers outside the fleet's lock see it.
///
/// @param answered whether any poll ever succeeded
/// @param problem why it is not healthy; null when it is
/// @param discovery its host; null before it was ever reported
/// @param health its last readings; null before the first
/// @param draining whether an operator took it out of use
/// @param pins the models an operator pinned there, in order
/// @param restarting the harness that is being restarted, or null
/// @param unknownModels models that are there though the catalogue does not have them
public record NodeView(
        String name,
        URI endpoint,
        boolean healthy,
        boolean answered,
        @Nullable String problem,
        @Nullable Discovery discovery,
        @Nullable NodeHealth health,
        boolean draining,
        List<String> pins,
        @Nullable String restarting,
        UnknownModels unknownModels) {
    public NodeView {
        pins = List.copyOf(pins);
    }

    /// Makes a node of which no operator wants anything.
    public NodeView(
            String name,
            URI endpoint,
            boolean healthy,
            boolean answered,
            @Nullable String problem,
            @Nullable Discovery discovery,
            @Nullable NodeHealth health) {
        this(
                name,
                endpoint,
                healthy,
                answered,
                problem,
                discovery,
                health,
                false,
                List.of(),
                null,
                UnknownModels.NONE);
    }

    /// Is how many models a node has that the catalogue does not have, and the names of a few.
    public record UnknownModels(int count, List<String> names) {
        /// There are none.
        public static final UnknownModels NONE = new UnknownModels(0, List.of());

        public UnknownModels {
            names = List.copyOf(names);
        }
    }
}
