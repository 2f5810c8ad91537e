package cortex.demo;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.EngineServer;
import cortex.demo.http.Style;
import cortex.demo.llama.KeyCheck;
import cortex.demo.llama.LlamaEngine;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.Generator;
import cortex.demo.work.LoadException;
import cortex.demo.work.Slots;
import java.io.IOException;
import java.io.PrintWriter;

/// An engine in llama-server's manner: the port is bound first, then the model loads while every
/// route answers 503.
final class LlamaServer implements Engine {
    private final Flags flags;
    private final PrintWriter log;
    private final DeviceMemory memory;
    private final LlamaEngine dialect;
    private final EngineServer server;

    /// Binds the port.
    ///
    /// @throws IOException when that fails
    LlamaServer(Flags flags, Time time, PrintWriter log, Runnable crash) throws IOException {
        this.flags = flags;
        this.log = log;
        this.memory = new DeviceMemory(flags.memory(), 0, time);
        Slots slots = new Slots(flags.served().parallel(), flags.served().context());
        Generator generator = new Generator(slots, flags.pace().speed(), time, crash);
        this.dialect = new LlamaEngine(flags.served(), slots, generator, time);
        Book book = new Book(new KeyCheck(dialect, flags.key()), flags.bookDir());
        this.server = EngineServer.start(flags.address(), Style.LLAMA, book, time);
    }

    @Override
    public void load() throws LoadException, InterruptedException {
        String path = flags.served().path();
        log.println("loading model '" + path + "'");
        try {
            memory.load(flags.pace());
        } catch (LoadException e) {
            log.println(e.getMessage());
            log.println("failed to load model, '" + path + "'");
            log.println("exiting due to model loading error");
            throw e;
        }
        dialect.loaded();
        log.println("model loaded");
        log.println("listening on http://" + flags.address().host() + ":" + server.port());
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public String awaitBroken() throws InterruptedException {
        return server.awaitBroken();
    }

    @Override
    public void close() throws IOException {
        server.close();
        memory.end();
    }
}
