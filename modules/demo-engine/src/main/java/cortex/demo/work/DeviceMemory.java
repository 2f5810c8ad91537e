package cortex.demo.work;

import cortex.core.time.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// Device memory the engine pretends to hold: a file `<pid>.<number>` with a line `<device> <MiB>`
/// for each device, which the demo's `nvidia-smi` adds up while the process lives. A device is an
/// index or a UUID as in CUDA_VISIBLE_DEVICES, or `all`. A line `until <seconds>` makes the file
/// count to that second of the epoch even when the process is dead: memory that comes back late.
public final class DeviceMemory {
    /// A second of the epoch that does not come; a shell's numbers reach it in milliseconds.
    private static final long NEVER = 99_999_999_999L;

    private final Path file;
    private final List<String> devices;
    private final int mebibytes;
    private final Duration leak;
    private final Time time;

    /// Memory in `file`, nothing of it held yet; `leak` is how long it stays taken after its end,
    /// negative for ever.
    public DeviceMemory(Path file, List<String> devices, int mebibytes, Duration leak, Time time) {
        this.file = file;
        this.devices = List.copyOf(devices);
        this.mebibytes = mebibytes;
        this.leak = leak;
        this.time = time;
    }

    /// The devices the environment binds the process to.
    public static List<String> visible(Map<String, String> environment) {
        String visible = environment.get("CUDA_VISIBLE_DEVICES");
        if (visible == null) {
            return List.of("all");
        }
        return Arrays.stream(visible.split(",", -1))
                .map(String::strip)
                .filter(device -> !device.isEmpty() && !device.startsWith("-"))
                .toList();
    }

    /// Holds `share` (0 to 1) of it.
    public void hold(double share) {
        write(share, "");
    }

    /// The process ends. Whether its memory comes back with it is the driver's business, which also
    /// takes the file away; one that leaks says for how long.
    public void end() {
        if (leak.isNegative()) {
            write(1, "until " + NEVER + "\n");
        } else if (leak.isPositive()) {
            giveBackAfter(leak);
        }
    }

    /// Gives all of it back while the process lives on, or after `late`; negative: keeps it.
    public void unload(Duration late) {
        if (!late.isNegative()) {
            giveBackAfter(late);
        }
    }

    private void giveBackAfter(Duration late) {
        if (late.isPositive()) {
            long until = time.now().plus(late).toEpochMilli();
            write(1, "until %d.%03d\n".formatted(until / 1000, until % 1000));
        } else {
            giveBack();
        }
    }

    private void giveBack() {
        if (devices.isEmpty()) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("giving device memory back", e);
        }
    }

    private void write(double share, String more) {
        if (devices.isEmpty() || mebibytes <= 0) {
            return; // nothing was asked for
        }
        StringJoiner lines = new StringJoiner("\n", "", "\n" + more);
        long held = Math.round(mebibytes * Math.min(1, share));
        long each = held / devices.size();
        for (int i = 0; i < devices.size(); i++) {
            long rest = i == 0 ? held - each * devices.size() : 0;
            lines.add(devices.get(i) + " " + (each + rest));
        }
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path next = file.resolveSibling("." + file.getFileName() + ".next");
            Files.writeString(next, lines.toString());
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("holding device memory", e);
        }
    }
}
