package cortex.neuron.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which process, beyond doubt: a pid is used again once its process is gone, a pid together with
/// the moment of its start is not. `start` is the boot's id and the start in ticks where /proc
/// tells them, else the start as the JVM knows it. Immutable.
public record ProcessIdentity(long pid, String start) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /// The process that has this pid now, or null when there is none or its start is not known.
    public static @Nullable ProcessIdentity of(long pid) {
        ProcStat stat = ProcStat.of(pid);
        if (stat != null) {
            return stat.ended() ? null : new ProcessIdentity(pid, boot() + "/" + stat.startTicks());
        }
        Optional<Instant> start =
                ProcessHandle.of(pid).flatMap(handle -> handle.info().startInstant());
        return start.map(instant -> new ProcessIdentity(pid, instant.toString())).orElse(null);
    }

    /// Whether this very process runs. One that has ended and waits for its parent does not.
    public boolean alive() {
        return equals(of(pid));
    }

    /// A handle on this very process, or null when it is gone. Signals sent through it do not reach
    /// a later process of the same pid.
    @Nullable ProcessHandle handle() {
        ProcessHandle handle = ProcessHandle.of(pid).orElse(null);
        return handle != null && alive() ? handle : null;
    }

    private static String boot() {
        try {
            return Files.readString(BOOT_ID).trim();
        } catch (IOException e) {
            return "boot";
        }
    }
}
