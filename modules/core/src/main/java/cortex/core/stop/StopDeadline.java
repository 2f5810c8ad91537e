package cortex.core.stop;

import cortex.core.log.LogSetup;
import cortex.core.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/// Ends the process when its orderly stop takes longer than it may: a supervisor that waits for it
/// must not have to kill it, and what holds up the stop (a lock that is never given back, a disk
/// that does not answer) holds up this no more. Its thread is a platform thread of its own, made at
/// the start: at the end none may be had any more, and those that carry virtual threads may all be
/// busy.
public final class StopDeadline {
    private static final System.Logger LOG = System.getLogger(StopDeadline.class.getName());

    /// What an orderly stop needs beside waiting for running requests.
    public static final Duration BESIDE = Duration.ofSeconds(10);

    /// How long the last line may take to be written: the log may be what holds up the stop.
    private static final Duration LAST_LINE = Duration.ofSeconds(1);

    private static final int EXIT = 1;
    private static final int FRAMES = 3;

    private final CountDownLatch begun = new CountDownLatch(1);
    private final Duration most;
    private final Time time;
    private final Consumer<String> end;

    StopDeadline(Duration most, Time time, Consumer<String> end) {
        this.most = most;
        this.time = time;
        this.end = end;
    }

    /// A stop may take so long from the moment it begins; then the process ends.
    public static StopDeadline of(Duration most, Time time) {
        StopDeadline deadline = new StopDeadline(most, time, StopDeadline::halt);
        Thread.ofPlatform().daemon().name("stop-deadline").start(deadline::watch);
        return deadline;
    }

    /// The orderly stop begins; from its return on no line of the log is lost. For shutdown hooks.
    public void begin() {
        begun.countDown();
        LogSetup.awaitShutdownReset();
    }

    void watch() {
        try {
            begun.await();
            time.sleep(most);
            end.accept(
                    "not stopped "
                            + most.toSeconds()
                            + " s after it was asked to; ended without waiting any longer. Still"
                            + " running: "
                            + String.join("; ", running(Thread.getAllStackTraces())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The platform threads that are at something of ours, or that the end waits for, and what.
    static List<String> running(Map<Thread, StackTraceElement[]> threads) {
        List<String> told = new ArrayList<>();
        threads.forEach((thread, frames) -> {
            List<String> own = new ArrayList<>();
            for (StackTraceElement frame : frames) {
                boolean ours = frame.getClassName().startsWith("cortex.");
                if (ours && own.size() < FRAMES) {
                    own.add(frame.getClassName() + "." + frame.getMethodName());
                }
            }
            boolean held = !thread.isDaemon() && !thread.getName().equals("DestroyJavaVM");
            if (!thread.equals(Thread.currentThread()) && (held || !own.isEmpty())) {
                told.add(thread.getName() + " " + thread.getState() + " " + own);
            }
        });
        told.sort(null);
        return told;
    }

    private static void halt(String text) {
        Thread line =
                Thread.ofPlatform()
                        .daemon()
                        .name("last-line")
                        .unstarted(() -> LOG.log(System.Logger.Level.ERROR, text));
        try {
            line.start();
            line.join(LAST_LINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(EXIT);
        }
    }
}
