package cortex.neuron.replica;

import cortex.core.node.DeviceInfo;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What replicas need to know of the devices. Answers come from the last reading and never wait.
public interface DeviceView {
    /// A host whose devices nobody reads.
    DeviceView NONE =
            new DeviceView() {
                @Override
                public List<DeviceInfo> devices() {
                    return List.of();
                }

                @Override
                public @Nullable Long vramUsedMb(Set<Long> pids) {
                    return null;
                }
            };

    /// The devices of the last reading; empty when there are none or they cannot be read.
    List<DeviceInfo> devices();

    /// The device memory in MiB that these processes hold together, over all devices; null when the
    /// last reading cannot tell.
    @Nullable Long vramUsedMb(Set<Long> pids);

    /// An engine began to serve or ended, so that the devices' memory is another; returns at once.
    default void changed() {}
}
