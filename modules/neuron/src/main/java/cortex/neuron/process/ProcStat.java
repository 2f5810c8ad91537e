package cortex.neuron.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One reading of `/proc/PID/stat` and `/proc/PID/io` (proc(5)): state letter, the session, start
/// in clock ticks since boot, CPU time used in ticks, resident pages, bytes read by any means.
record ProcStat(
        char state, long session, long startTicks, long cpuTicks, long rssPages, long readBytes) {
    private static final Path PROC = Path.of("/proc");

    /// Null when there is no such process or no /proc on this system.
    static @Nullable ProcStat of(long pid) {
        try {
            Path dir = PROC.resolve(Long.toString(pid));
            String stat = Files.readString(dir.resolve("stat"), StandardCharsets.ISO_8859_1);
            ProcStat parsed = parse(stat);
            return parsed.withReadBytes(readBytes(dir));
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    /// A process that has ended and waits for its parent to ask; it holds nothing any more.
    boolean ended() {
        return state == 'Z' || state == 'X';
    }

    /// The second field, the name, may hold spaces and brackets: fields are counted from its end.
    static ProcStat parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1);
        long cpu = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        return new ProcStat(
                fields[0].charAt(0),
                Long.parseLong(fields[3]),
                Long.parseLong(fields[19]),
                cpu,
                Long.parseLong(fields[21]),
                0);
    }

    /// The host's memory a process holds, in KiB (VmRSS of `/proc/PID/status`); null when there is
    /// no such process, or it cannot be told.
    static @Nullable Long residentKb(long pid) {
        try {
            for (String line : Files.readAllLines(PROC.resolve(pid + "/status"))) {
                if (line.startsWith("VmRSS:")) {
                    String[] words = line.split("\\s+", -1);
                    return Long.valueOf(words[1]);
                }
            }
            return null;
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    private static long readBytes(Path dir) {
        try {
            List<String> lines = Files.readAllLines(dir.resolve("io"));
            long sum = 0;
            for (String line : lines) {
                if (line.startsWith("rchar: ") || line.startsWith("read_bytes: ")) {
                    sum += Long.parseLong(line.substring(line.indexOf(' ') + 1).trim());
                }
            }
            return sum;
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    private ProcStat withReadBytes(long bytes) {
        return new ProcStat(state, session, startTicks, cpuTicks, rssPages, bytes);
    }
}
