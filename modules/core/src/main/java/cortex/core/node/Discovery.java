package cortex.core.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET /discovery`: what the host is. `note` says why devices cannot be read, when they cannot.
public record Discovery(
        String hostname,
        String os,
        @Nullable String kernel,
        List<DeviceInfo> devices,
        List<String> harnesses,
        @Nullable Long ramTotalMb,
        @Nullable String note) {
    public Discovery {
        devices = devices == null ? List.of() : List.copyOf(devices);
        harnesses = harnesses == null ? List.of() : List.copyOf(harnesses);
    }
}
