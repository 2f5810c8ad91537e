package cortex.gateway.fleet.rules;

import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.ModelInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What of a replica's measured memory can be true. One node may be wrong, or lie; what it says of
/// a model must not keep that from the others.
public final class Believed {
    private Believed() {}

    /// The entry as its host can have measured it: without its memory when that is more than its
    /// devices have.
    public static ModelInfo of(@Nullable Discovery host, ModelInfo told) {
        return host == null || fits(host, told) ? told : withoutMemory(told);
    }

    private static boolean fits(Discovery host, ModelInfo told) {
        List<Long> each = told.devicesUsedMb();
        long all = 0;
        boolean known = true;
        for (int at = 0; at < told.devices().size(); at++) {
            Long total = totalMb(host, told.devices().get(at));
            if (total == null) {
                known = false;
            } else {
                all += total;
                if (each != null && at < each.size() && each.get(at) > total) {
                    return false;
                }
            }
        }
        if (told.devices().isEmpty()) {
            Long ram = host.ramTotalMb();
            known = ram != null;
            all = ram == null ? 0 : ram;
        }
        return !known || (within(told.vramUsedMb(), all) && within(told.peakUsedMb(), all));
    }

    private static boolean within(@Nullable Long mb, long all) {
        return mb == null || (mb >= 0 && mb <= all);
    }

    /// What one of a host's devices has, null when it does not tell.
    public static @Nullable Long totalMb(Discovery host, int device) {
        for (DeviceInfo info : host.devices()) {
            if (info.index() == device) {
                return info.vramTotalMb();
            }
        }
        return null;
    }

    /// What all devices of a host have (for a model on the CPU: its memory), null when unknown.
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

    private static ModelInfo withoutMemory(ModelInfo told) {
        return new ModelInfo(
                told.id(),
                told.harness(),
                told.status(),
                told.devices(),
                null,
                told.replica(),
                told.engineModel(),
                told.inFlight(),
                told.slots(),
                told.context(),
                told.traits(),
                told.loadSecs(),
                told.reason(),
                null,
                null,
                told.progress(),
                told.lastProgressSecs());
    }
}
