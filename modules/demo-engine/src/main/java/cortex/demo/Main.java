package cortex.demo;

import cortex.core.log.SafeText;
import cortex.core.time.SystemTime;
import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.flags.FlagsReader;
import cortex.demo.work.LoadException;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.ParameterException;

/// The program's entry point: starts the engine and ends the process the way the imitated one does.
public final class Main {
    private static final int KILLED_BY_TERM = 143;
    private static final PrintWriter ERR = SafeText.printer(System.err);

    private final Flags flags;
    private final Engine engine;
    private volatile boolean loaded;

    private Main(Flags flags) throws IOException {
        this.flags = flags;
        this.engine = start(flags, new SystemTime(), ERR, Main::crash);
    }

    /// Runs the engine until it is told to end.
    public static void main(String[] args) throws InterruptedException {
        Flags flags;
        try {
            FlagsReader reader = FlagsReader.of(args);
            String help = reader.help();
            if (help != null) {
                PrintWriter out = SafeText.printer(System.out);
                out.print(help);
                out.flush();
                return;
            }
            flags = reader.flags(System.getenv());
            for (String flag : reader.unknown()) {
                ERR.println("warning: " + flag + " does nothing in the demo engine");
            }
        } catch (ParameterException e) {
            ERR.println("error: " + e.getMessage());
            Runtime.getRuntime().halt(1);
            return;
        }
        try {
            new Main(flags).run();
        } catch (IOException e) {
            ERR.println(
                    "couldn't bind HTTP server socket, hostname: %s, port: %d: %s"
                            .formatted(
                                    flags.address().host(),
                                    flags.address().port(),
                                    e.getMessage()));
            Runtime.getRuntime().halt(1);
        }
    }

    static Engine start(Flags flags, Time time, PrintWriter log, Runnable crash)
            throws IOException {
        return flags.api() == Flags.Api.LLAMA
                ? new LlamaServer(flags, time, log, crash)
                : new MistralrsServer(flags, time, log, crash);
    }

    private void run() throws IOException, InterruptedException {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("end").unstarted(this::terminate));
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

    /// Ends in order at a signal: with 0 as llama-server does once it has loaded, else as killed.
    private void terminate() {
        if (flags.api() == Flags.Api.MISTRALRS || !loaded) {
            end(KILLED_BY_TERM);
        }
        ERR.println("cleaning up before exit...");
        end(0);
    }

    private void end(int code) {
        try {
            engine.close();
        } catch (IOException | RuntimeException e) {
            ERR.println("closing failed: " + e);
        }
        Runtime.getRuntime().halt(code);
    }
}
