package cortex.demo;

import cortex.core.log.SafeText;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.flags.FlagsReader;
import cortex.demo.flags.UsageException;
import cortex.demo.work.DeviceMemory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// The program's entry point: starts the engine and ends the process the way the imitated one does.
public final class Main {
    private static final int KILLED_BY_TERM = 143;
    private static final PrintWriter ERR = SafeText.printer(System.err);

    private final Flags flags;
    private final Time time = new SystemTime();
    private final EngineLog log = new EngineLog(ERR, time);
    private final AtomicBoolean terminating = new AtomicBoolean();
    private final Engine engine;
    private volatile boolean loaded;

    private Main(Flags flags) throws IOException {
        this.flags = flags;
        this.engine = start(flags, time, log, Main::crash);
    }

    /// Runs the engine until it is told to end.
    public static void main(String[] args) throws InterruptedException {
        Flags flags;
        try {
            flags = FlagsReader.read(args, System.getenv());
        } catch (UsageException e) {
            ERR.println(e.getMessage());
            Runtime.getRuntime().halt(e.exit());
            return;
        }
        try {
            new Main(flags).run();
        } catch (IOException e) {
            ERR.println(
                    "couldn't bind HTTP server socket, hostname: %s, port: %d: %s"
                            .formatted(flags.host(), flags.port(), e.getMessage()));
            Runtime.getRuntime().halt(1);
        }
    }

    static Engine start(Flags flags, Time time, EngineLog log, Runnable crash) throws IOException {
        if (flags.api() == Flags.Api.LLAMA) {
            return new LlamaServer(flags, time, log, memory(flags, time, 0), crash);
        }
        return new MistralrsServer(
                flags, time, log, id -> memory(flags, time, flags.models().indexOf(id)), crash);
    }

    /// The memory of model number `number`; no memory when none is configured or it runs on the
    /// CPU.
    static DeviceMemory memory(Flags flags, Time time, int number) {
        Path directory = flags.vramDir();
        boolean none = directory == null || flags.gpuLayers() == 0;
        String name = ProcessHandle.current().pid() + "." + number;
        return new DeviceMemory(
                directory == null ? Path.of(name) : directory.resolve(name),
                none ? List.of() : DeviceMemory.visible(System.getenv()),
                flags.vramMb(),
                flags.leak(),
                time);
    }

    private void run() throws IOException, InterruptedException {
        Signals.onTerminate(this::terminate);
        try {
            engine.load();
            loaded = true;
        } catch (LoadException e) {
            end(1);
        }
        ERR.println(engine.awaitBroken());
        end(1);
    }

    private static void crash() {
        ERR.println("CUDA error: an illegal memory access was encountered");
        Runtime.getRuntime().halt(134);
    }

    private void terminate() {
        if (flags.ignoreTerm()) {
            log.llama("W", "operator()", "ignoring the signal");
            return;
        }
        if (flags.api() == Flags.Api.MISTRALRS || !loaded) {
            end(KILLED_BY_TERM);
        }
        if (terminating.getAndSet(true)) {
            log.llama("W", "operator()", "Received second interrupt, terminating immediately.");
            end(1);
        }
        log.llama("I", "operator()", "cleaning up before exit...");
        if (flags.hangOnTerm()) {
            Thread.ofPlatform().name("wait-for-requests").start(this::endWhenIdle);
        } else {
            end(0);
        }
    }

    private void endWhenIdle() {
        try {
            engine.stopListening();
            while (engine.busy()) {
                time.sleep(Duration.ofMillis(20));
            }
            end(0);
        } catch (IOException | InterruptedException e) {
            end(1);
        }
    }

    private void end(int code) {
        try {
            engine.close();
        } catch (IOException | RuntimeException e) {
            log.llama("E", "operator()", "closing failed: " + e);
        }
        Runtime.getRuntime().halt(code);
    }
}
