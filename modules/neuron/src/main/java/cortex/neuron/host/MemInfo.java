package cortex.neuron.host;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Main memory in MiB, as the kernel tells it: `totalMb` is MemTotal, `availableMb` is
/// MemAvailable, what a new process could get without swapping. Null is unknown.
public record MemInfo(@Nullable Long totalMb, @Nullable Long availableMb) {
    /// Nothing is known, as on systems without /proc.
    public static final MemInfo UNKNOWN = new MemInfo(null, null);

    private static final Pattern LINE =
            Pattern.compile("^(MemTotal|MemAvailable):\\s+(\\d{1,15}) kB$", Pattern.MULTILINE);

    /// Reads the text of /proc/meminfo (proc_meminfo(5); its kB are 1024 bytes).
    public static MemInfo parse(String text) {
        Long total = null;
        Long available = null;
        Matcher line = LINE.matcher(text);
        while (line.find()) {
            long mib = Long.parseLong(line.group(2)) / 1024;
            if (line.group(1).equals("MemTotal")) {
                total = mib;
            } else {
                available = mib;
            }
        }
        return new MemInfo(total, available);
    }
}
