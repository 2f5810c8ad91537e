package cortex.neuron.device.vendor;

import cortex.core.catalogue.ComputeCapability;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.neuron.device.Device;
import cortex.neuron.device.ProcessMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Understands what nvidia-smi prints, of all drivers from 450 to 610; pure. A value in brackets
/// (`[N/A]`, `[Not Supported]`, `[GPU requires reset]`, …) is unknown, never 0. Names may hold
/// commas, so that lines are taken apart from both ends.
final class NvidiaSmiParser {
    static final String VENDOR = "nvidia";

    /// What every driver knows, the name last but for the numbers after it.
    private static final List<String> MANDATORY =
            List.of(
                    "index",
                    "uuid",
                    "name",
                    "driver_version",
                    "memory.total",
                    "memory.used",
                    "memory.free",
                    "utilization.gpu",
                    "temperature.gpu");

    /// What old drivers do not know: MIG came with 450, compute_cap with 495.
    static final List<String> OPTIONAL = List.of("compute_cap", "mig.mode.current");

    /// What is asked for, as long as the driver knows it.
    static final List<String> FIELDS =
            Stream.concat(MANDATORY.stream(), OPTIONAL.stream()).toList();

    /// Its words for the memory of a GPU that has none of its own, as in a DGX Spark or a Jetson;
    /// where it fails to read it, it uses others.
    private static final Set<String> NO_MEMORY = Set.of("[N/A]", "[Not Supported]");

    private static final int NAME = 2;
    private static final int LONGEST_TEXT = 400;
    private static final Pattern UNKNOWN_FIELD =
            Pattern.compile("Field \"([^\"]+)\" is not a valid field to query");
    private static final Pattern WHOLE = Pattern.compile("(\\d{1,9})(?: ?(?:MiB|%|C))?");
    private static final Pattern CAPABILITY = Pattern.compile("\\d{1,3}\\.\\d{1,3}");
    private static final Pattern CUDA =
            Pattern.compile(
                    "cuda (umd )?version\\s*:\\s*(\\d{1,3}\\.\\d{1,3})", Pattern.CASE_INSENSITIVE);

    private NvidiaSmiParser() {}

    /// One GPU as queried; `mig` tells that it is split into instances.
    record Row(Device device, @Nullable String driverVersion, boolean mig) {}

    /// The GPUs of a `--query-gpu` answer; lines that are not GPUs (messages, garbage) are left
    /// out.
    static List<Row> rows(List<String> fields, String csv) {
        List<Row> rows = new ArrayList<>();
        for (String line : csv.lines().toList()) {
            Map<String, String> values = values(fields, line);
            Integer index = whole(values.get("index"));
            String uuid = present(values.get("uuid"));
            if (index != null && (uuid == null || uuid.startsWith("GPU-"))) {
                rows.add(row(index, uuid, values));
            }
        }
        return rows;
    }

    private static Row row(int index, @Nullable String uuid, Map<String, String> values) {
        Long total = mib(values.get("memory.total"));
        boolean shared = NO_MEMORY.contains(values.getOrDefault("memory.total", ""));
        String name = present(values.get("name"));
        Map<String, String> capability = new HashMap<>();
        String compute = values.get("compute_cap");
        if (compute != null && CAPABILITY.matcher(compute).matches()) {
            capability.put(ComputeCapability.KEY, compute);
        }
        String driver = present(values.get("driver_version"));
        if (driver != null) {
            capability.put("driver", driver);
        }
        DeviceInfo info =
                new DeviceInfo(
                        index,
                        VENDOR,
                        name == null ? "NVIDIA GPU" : name,
                        uuid,
                        total,
                        total != null ? DeviceMemory.OWN : shared ? DeviceMemory.UNIFIED : null,
                        capability);
        boolean measured = total != null;
        DeviceHealth health =
                new DeviceHealth(
                        index,
                        measured ? mibOrZero(values.get("memory.used")) : null,
                        measured ? mibOrZero(values.get("memory.free")) : null,
                        whole(values.get("utilization.gpu")),
                        whole(values.get("temperature.gpu")));
        boolean mig = "Enabled".equals(values.get("mig.mode.current"));
        return new Row(new Device(info, health), driver, mig);
    }

    /// A device that has one more capability.
    static DeviceInfo with(DeviceInfo info, String capability, String value) {
        Map<String, String> all = new HashMap<>(info.capability());
        all.put(capability, value);
        return new DeviceInfo(
                info.index(),
                info.vendor(),
                info.name(),
                info.uuid(),
                info.vramTotalMb(),
                info.memory(),
                all);
    }

    /// A line's values by field, as they are; empty when it has too few.
    private static Map<String, String> values(List<String> fields, String line) {
        List<String> parts = Arrays.stream(line.split(",", -1)).map(String::strip).toList();
        int extra = parts.size() - fields.size();
        if (extra < 0) {
            return Map.of();
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            int from = i <= NAME ? i : i + extra;
            int to = i < NAME ? i : i + extra;
            values.put(fields.get(i), String.join(", ", parts.subList(from, to + 1)));
        }
        return values;
    }

    /// What each process holds of each device; `indexes` are the devices' by their uuid. A process
    /// whose memory is not told (WSL, no permission) is left out.
    static List<ProcessMemory> processes(String csv, Map<String, Integer> indexes) {
        List<ProcessMemory> all = new ArrayList<>();
        for (String line : csv.lines().toList()) {
            List<String> parts = Arrays.stream(line.split(",", -1)).map(String::strip).toList();
            if (parts.size() < 4) {
                continue;
            }
            Integer pid = whole(parts.get(1));
            Integer used = whole(parts.getLast());
            if (pid != null && used != null) {
                all.add(new ProcessMemory(pid, indexes.get(parts.getFirst()), used));
            }
        }
        return all;
    }

    /// The CUDA version of `--version`, of the table's head or of `-q`; from driver 610 on the user
    /// mode driver's counts ("CUDA UMD version"), the old key being only a pointer to it.
    static @Nullable String cudaVersion(String text) {
        String found = null;
        Matcher line = CUDA.matcher(text.replaceAll("[ \\t]+", " "));
        while (line.find()) {
            if (line.group(1) != null) {
                return line.group(2);
            }
            found = found == null ? line.group(2) : found;
        }
        return found;
    }

    /// The field this nvidia-smi says it does not know, or null.
    static @Nullable String unknownField(String text) {
        Matcher found = UNKNOWN_FIELD.matcher(text);
        return found.find() ? found.group(1) : null;
    }

    /// Whether the driver works but there is no GPU.
    static boolean saysNoDevices(String text) {
        return text.toLowerCase(Locale.ROOT).contains("no devices were found");
    }

    /// A message of several lines as one, cut where it gets long.
    static String oneLine(String text) {
        String line =
                text.lines()
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(" "))
                        .replaceAll("\\p{Cntrl}", "");
        return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "…";
    }

    /// A value, or null when nvidia-smi has none.
    static @Nullable String present(@Nullable String value) {
        boolean absent =
                value == null || value.isEmpty() || value.startsWith("[") || value.equals("N/A");
        return absent ? null : value;
    }

    /// A whole number, with or without its unit, or null.
    static @Nullable Integer whole(@Nullable String value) {
        if (value == null) {
            return null;
        }
        Matcher number = WHOLE.matcher(value);
        return number.matches() ? Integer.valueOf(number.group(1)) : null;
    }

    /// A size of memory in MiB; a device that claims to have none does not know.
    static @Nullable Long mib(@Nullable String value) {
        Integer number = whole(value);
        return number == null || number == 0 ? null : Long.valueOf(number);
    }

    /// An amount of memory in MiB that may well be 0.
    static @Nullable Long mibOrZero(@Nullable String value) {
        Integer number = whole(value);
        return number == null ? null : Long.valueOf(number);
    }
}
