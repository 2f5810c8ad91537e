package cortex.core.node;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One accelerator as it is built: `index` is its number on the node, over all vendors, `vendor`
/// one word such as `nvidia`, `uuid` its identity in the vendor's form, `vramTotalMb` in MiB.
/// `memory` is null when the driver does not tell.
///
/// `capability` is what the device and its driver can do, in the vendor's own words. NVIDIA:
/// `compute` (compute capability), `driver`, `cuda` (the newest that the driver serves), `mig` (the
/// profile of an instance of a GPU in MIG mode, which is a device of its own). AMD: `gfx` (the
/// instruction set).
public record DeviceInfo(
        int index,
        String vendor,
        String name,
        @Nullable String uuid,
        @Nullable Long vramTotalMb,
        @Nullable DeviceMemory memory,
        Map<String, String> capability) {
    public DeviceInfo {
        vendor = vendor == null ? "unknown" : vendor;
        capability =
                capability == null
                        ? Map.of()
                        : Collections.unmodifiableMap(new TreeMap<>(capability));
    }
}
