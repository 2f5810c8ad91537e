package cortex.gateway.fleet.view;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import cortex.core.files.ModelFiles;
import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is one configured node as readers outside the fleet's lock see it. In JSON the parts of
/// `contact`, `wishes` and `models` stand among its own.
///
/// @param discovery its host; null before it was ever reported
/// @param health its last readings; null before the first
/// @param models what it has of models
public record NodeView(
        String name,
        URI endpoint,
        @JsonUnwrapped Contact contact,
        @Nullable Discovery discovery,
        @Nullable NodeHealth health,
        @JsonUnwrapped Wishes wishes,
        @JsonUnwrapped Models models) {
    /// Makes one that has told nothing of models' files.
    public NodeView(
            String name,
            URI endpoint,
            Contact contact,
            @Nullable Discovery discovery,
            @Nullable NodeHealth health,
            Wishes wishes,
            UnknownModels unknownModels) {
        this(
                name,
                endpoint,
                contact,
                discovery,
                health,
                wishes,
                Models.of(unknownModels, List.of()));
    }

    /// Is what it has of models: of those that the catalogue has not, and, by their ids, of the
    /// files of those that it has.
    public record Models(UnknownModels unknownModels, List<ModelFiles> files) {
        public Models {
            files = List.copyOf(files);
        }

        /// Makes it with the files in order.
        public static Models of(UnknownModels unknown, Collection<ModelFiles> files) {
            return new Models(
                    unknown, files.stream().sorted(Comparator.comparing(ModelFiles::id)).toList());
        }
    }

    /// Returns what it has told of a model's files; null when it has told nothing.
    public @Nullable ModelFiles files(String model) {
        for (ModelFiles each : models.files) {
            if (each.id().equals(model)) {
                return each;
            }
        }
        return null;
    }

    /// Returns why devices of it cannot be read, in its words; null when all can, or while it does
    /// not answer.
    public @Nullable String driverTrouble() {
        return contact.healthy() ? Drivers.trouble(discovery, health) : null;
    }

    /// Returns the version of its neuron; empty when it has not told it.
    public String version() {
        Discovery host = discovery;
        String version = host == null ? null : host.said().version();
        return version == null ? "" : version;
    }

    /// Returns the versions of its devices' drivers; empty when none is known.
    public String drivers() {
        Discovery host = discovery;
        return host == null ? "" : Drivers.versions(host);
    }

    /// Is how polling it goes.
    ///
    /// @param answered whether any poll ever succeeded
    /// @param problem why it is not healthy; null when it is
    /// @param backWithinSecs how long its neuron, which is restarting, said that this takes; null
    ///   when it is not, or not back in time
    public record Contact(
            boolean healthy,
            boolean answered,
            @Nullable String problem,
            @Nullable Double backWithinSecs) {
        /// Makes that of a node that is not restarting.
        public Contact(boolean healthy, boolean answered, @Nullable String problem) {
            this(healthy, answered, problem, null);
        }

        /// Returns whether its neuron is restarting and expected back.
        public boolean comesBack() {
            return backWithinSecs != null;
        }

        /// Returns whether it answers, or is expected to in a moment.
        public boolean counts() {
            return healthy || comesBack();
        }
    }

    /// Is what operators want of it.
    ///
    /// @param draining whether they took it out of use
    /// @param pins the models they pinned there, in order
    /// @param restarting the harness that is being restarted, or null
    public record Wishes(boolean draining, List<String> pins, @Nullable String restarting) {
        /// They want nothing.
        public static final Wishes NONE = new Wishes(false, List.of(), null);

        public Wishes {
            pins = List.copyOf(pins);
        }
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
