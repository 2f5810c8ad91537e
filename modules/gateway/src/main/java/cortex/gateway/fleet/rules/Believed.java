package cortex.gateway.fleet.rules;

import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says what of a replica's measured memory can be true. One node may be wrong, or lie; what it
/// says of a model must not keep that from the others.
public final class Believed {
    private Believed() {}

    /// Returns the entry as its host can have measured it: without its memory when that is more
    /// than its devices have.
    public static ModelInfo of(@Nullable Discovery host, ModelInfo entry) {
        return host == null || fits(host, entry) ? entry : withoutMemory(entry);
    }

    private static boolean fits(Discovery host, ModelInfo entry) {
        List<Long> each = entry.memory().devicesUsedMb();
        long all = 0;
        boolean known = true;
        for (int at = 0; at < entry.memory().devices().size(); at++) {
            Long total = totalMb(host, entry.memory().devices().get(at));
            if (total == null) {
                known = false;
            } else {
                all += total;
                if (each != null && at < each.size() && each.get(at) > total) {
                    return false;
                }
            }
        }
        if (entry.memory().devices().isEmpty()) {
            Long ram = host.ramTotalMb();
            known = ram != null;
            all = ram == null ? 0 : ram;
        }
        return !known
                || (within(entry.memory().vramUsedMb(), all)
                        && within(entry.memory().peakUsedMb(), all));
    }

    private static boolean within(@Nullable Long mb, long all) {
        return mb == null || (mb >= 0 && mb <= all);
    }

    /// Returns what one of a host's devices has, null when it does not tell.
    public static @Nullable Long totalMb(Discovery host, int device) {
        for (DeviceInfo info : host.devices()) {
            if (info.index() == device) {
                return info.vramTotalMb();
            }
        }
        return null;
    }

    /// Returns what all devices of a host have (for a model on the CPU: its memory), null when
    /// unknown.
    public static @Nullable Long totalMb(Discovery host, boolean onCpu) {
        if (onCpu) {
            return host.ramTotalMb();
        }
        long all = 0;
        for (DeviceInfo info : host.devices()) {
            Long total = info.vramTotalMb();
            if (total == null) {
                return null;
            }
            all += total;
        }
        return all;
    }

    private static ModelInfo withoutMemory(ModelInfo entry) {
        return new ModelInfo(
                entry.id(),
                entry.replica(),
                entry.status(),
                entry.inFlight(),
                entry.engine(),
                ModelInfo.Memory.of(entry.memory().devices(), null),
                entry.load());
    }
}
