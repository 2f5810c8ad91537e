package cortex.neuron.device.vendor;

import cortex.core.config.problem.FileTrouble;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Runs a vendor's tool once: no input, the C locale, bounded output, and a deadline after which
/// the tool is killed with everything it started.
final class Command {
    private static final System.Logger LOG = System.getLogger(Command.class.getName());
    private static final int MAX_BYTES = 4 << 20;
    private static final Duration KILL_WAIT = Duration.ofSeconds(2);
    private static final Duration DRAIN_WAIT = Duration.ofSeconds(1);

    /// How a run ended.
    enum End {
        /// By itself; there is an exit code.
        EXITED,
        /// It could not be started; `err` says why.
        NOT_STARTED,
        /// It did not end in time and was killed.
        TIMED_OUT,
        /// It printed more than is read and was killed.
        TOO_MUCH
    }

    /// What a run gave. `exit` counts only after `EXITED`; `stuck` is the process when even KILL
    /// did not end it, as happens inside a hung driver.
    record Result(End end, int exit, String out, String err, @Nullable ProcessHandle stuck) {
        boolean ok() {
            return end == End.EXITED && exit == 0;
        }
    }

    private Command() {}

    /// Runs `argv` for no longer than `timeout` and the short time killing takes.
    ///
    /// @throws InterruptedException when interrupted; the process is killed then too
    static Result run(List<String> argv, Duration timeout) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(argv);
        builder.environment().put("LC_ALL", "C");
        builder.redirectInput(Redirect.from(new File("/dev/null")));
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Result(End.NOT_STARTED, -1, "", FileTrouble.ofProgram(e), null);
        }
        try {
            return attend(process, timeout);
        } catch (InterruptedException e) {
            kill(process);
            throw e;
        }
    }

    private static Result attend(Process process, Duration timeout) throws InterruptedException {
        Reader out = new Reader(process, process.getInputStream(), "stdout");
        Reader err = new Reader(process, process.getErrorStream(), "stderr");
        boolean ended = process.waitFor(timeout);
        if (!ended) {
            kill(process);
        }
        boolean gone = ended || process.waitFor(KILL_WAIT);
        out.finish();
        err.finish();
        End end =
                out.overflowed() || err.overflowed()
                        ? End.TOO_MUCH
                        : ended ? End.EXITED : End.TIMED_OUT;
        return new Result(
                end,
                gone ? process.exitValue() : -1,
                out.text(),
                err.text(),
                gone ? null : process.toHandle());
    }

    /// Kills the process and all it started. The children are noted first: once their parent is
    /// gone they can no longer be told from others.
    private static void kill(Process process) {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        for (ProcessHandle child : children) {
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
        }
    }

    /// Reads one stream to its end or to the limit, on a thread of its own.
    private static final class Reader {
        private final InputStream stream;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final AtomicBoolean overflow = new AtomicBoolean();
        private final Thread thread;

        Reader(Process process, InputStream stream, String name) {
            this.stream = stream;
            this.thread =
                    Thread.ofVirtual()
                            .name("probe-" + name + "-" + process.pid())
                            .start(() -> read(process));
        }

        private void read(Process process) {
            byte[] buffer = new byte[8192];
            try {
                int n = stream.read(buffer);
                while (n >= 0) {
                    if (kept.size() + n > MAX_BYTES) {
                        overflow.set(true);
                        kill(process);
                        return;
                    }
                    kept.write(buffer, 0, n);
                    n = stream.read(buffer);
                }
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "the output of a device tool broke off", e);
            }
        }

        /// Waits for the rest of the output, but not for a stray child that keeps the pipe open.
        void finish() throws InterruptedException {
            if (!thread.join(DRAIN_WAIT)) {
                try {
                    stream.close();
                } catch (IOException e) {
                    LOG.log(Level.DEBUG, "closing the output of a device tool", e);
                }
            }
        }

        boolean overflowed() {
            return overflow.get();
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }
}
