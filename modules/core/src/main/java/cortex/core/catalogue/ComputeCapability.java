package cortex.core.catalogue;

import cortex.core.node.DeviceInfo;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// CUDA's name for a generation of devices, such as 8.9 (nvidia-smi's `compute_cap`). Ordered by
/// major, then minor number: 12.0 is more than 8.9.
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {
    /// The key of a device's {@link DeviceInfo#capability} that holds it.
    public static final String KEY = "compute";

    private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})");

    /// Returns what a device tells of it; null when it tells none, as those of other vendors do.
    public static @Nullable ComputeCapability of(DeviceInfo device) {
        String written = device.capability().get(KEY);
        return written == null ? null : parse(written);
    }

    /// The capability that is written so, or null when it is not one.
    public static @Nullable ComputeCapability parse(String written) {
        Matcher matcher = FORM.matcher(written);
        return matcher.matches()
                ? new ComputeCapability(
                        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
                : null;
    }

    @Override
    public int compareTo(ComputeCapability other) {
        return Comparator.comparingInt(ComputeCapability::major)
                .thenComparingInt(ComputeCapability::minor)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
