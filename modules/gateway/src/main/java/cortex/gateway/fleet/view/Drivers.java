package cortex.gateway.fleet.view;

import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.Discovery;
import cortex.core.node.NodeHealth;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Says how the drivers of a node's devices do, by what the node tells.
public final class Drivers {
    private Drivers() {}

    /// Returns why devices of a node cannot be read, in the node's words; null when all can, or it
    /// has none.
    public static @Nullable String trouble(@Nullable Discovery host, @Nullable NodeHealth health) {
        if (host == null || health == null || host.note() == null) {
            return null;
        }
        boolean never = health.readingAgeSecs() == null;
        boolean unread = health.devices().stream().anyMatch(Drivers::unread);
        return never || unread ? host.note() : null;
    }

    /// Returns why nothing can be placed on a node's devices; null when something can.
    public static @Nullable String blind(@Nullable Discovery host, @Nullable NodeHealth health) {
        if (host == null || health == null) {
            return null;
        }
        boolean never = health.readingAgeSecs() == null && host.devices().isEmpty();
        boolean none =
                host.note() != null
                        && !health.devices().isEmpty()
                        && health.devices().stream().allMatch(Drivers::unread);
        if (!never && !none) {
            return null;
        }
        String note = host.note();
        return "cannot read its devices" + (note == null ? " yet" : ": " + note);
    }

    private static boolean unread(DeviceHealth device) {
        return device.vramFreeMb() == null;
    }

    /// Returns the drivers' versions, such as `nvidia 580.95`; empty when none is known.
    static String versions(Discovery host) {
        return host.devices().stream()
                .map(Drivers::version)
                .filter(Objects::nonNull)
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static @Nullable String version(DeviceInfo device) {
        String driver = device.capability().get("driver");
        return driver == null ? null : device.vendor() + " " + driver;
    }
}
