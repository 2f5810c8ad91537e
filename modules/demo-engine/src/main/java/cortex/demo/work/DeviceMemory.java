package cortex.demo.work;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
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

    private static final int STEPS = 20;
    private static final Duration FOR_EVER = ChronoUnit.FOREVER.getDuration();

    private final Path file;
    private final List<String> devices;
    private final Flags.Memory wanted;
    private final Time time;

    /// The memory of model number `number` of this process, nothing of it held yet; none when no
    /// folder is given.
    public DeviceMemory(Flags.Memory wanted, int number, Time time) {
        String name = ProcessHandle.current().pid() + "." + number;
        Path folder = wanted.dir();
        this.file = folder == null ? Path.of(name) : folder.resolve(name);
        this.devices = folder == null ? List.of() : visible(System.getenv());
        this.wanted = wanted;
        this.time = time;
    }

    /// The devices the environment binds the process to.
    private static List<String> visible(Map<String, String> environment) {
        String visible = environment.get("CUDA_VISIBLE_DEVICES");
        if (visible == null) {
            return List.of("all");
        }
        return Arrays.stream(visible.split(",", -1))
                .map(String::strip)
                .filter(device -> !device.isEmpty() && !device.startsWith("-"))
                .toList();
    }

    /// Loads a model: takes its time and, bit by bit, the memory.
    ///
    /// @throws LoadException halfway, when it is to fail
    public void load(Flags.Pace pace) throws LoadException, InterruptedException {
        for (int step = 1; step <= STEPS; step++) {
            time.sleep(pace.load().dividedBy(STEPS));
            if (pace.loadFails() && step == STEPS / 2) {
                throw new LoadException();
            }
            write(step / (double) STEPS, "");
        }
    }

    /// The process ends. Whether its memory comes back with it is the driver's business, which also
    /// takes the file away; one that leaks says for how long.
    public void end() {
        if (wanted.leak().equals(FOR_EVER)) {
            write(1, "until " + NEVER + "\n");
        } else if (wanted.leak().isPositive()) {
            giveBackAfter(wanted.leak());
        }
    }

    /// The model is unloaded while the process lives on.
    public void unload() {
        Duration late = wanted.leakOnUnload();
        if (late.isZero()) {
            giveBack();
        } else if (!late.equals(FOR_EVER)) {
            giveBackAfter(late);
        }
    }

    private void giveBackAfter(Duration late) {
        long until = time.now().plus(late).toEpochMilli();
        write(1, "until %d.%03d\n".formatted(until / 1000, until % 1000));
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
        if (devices.isEmpty() || wanted.mebibytes() <= 0) {
            return; // nothing was asked for
        }
        StringJoiner lines = new StringJoiner("\n", "", "\n" + more);
        long held = Math.round(wanted.mebibytes() * share);
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
