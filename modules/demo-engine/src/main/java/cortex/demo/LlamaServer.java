package cortex.demo;

import cortex.core.config.HostPort;
import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.EngineServer;
import cortex.demo.http.Style;
import cortex.demo.llama.LlamaEngine;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.Generator;
import cortex.demo.work.Pace;
import cortex.demo.work.Slots;
import cortex.demo.work.Stats;
import java.io.IOException;

/// An engine in llama-server's manner: the port is bound first, then the model loads while every
/// route answers 503.
final class LlamaServer implements Engine {
    private static final int STEPS = 20;

    private final Flags flags;
    private final Time time;
    private final EngineLog log;
    private final DeviceMemory memory;
    private final Slots slots;
    private final LlamaEngine dialect;
    private final EngineServer server;

    /// Binds the port.
    ///
    /// @throws IOException when that fails
    LlamaServer(Flags flags, Time time, EngineLog log, DeviceMemory memory, Runnable crash)
            throws IOException {
        this.flags = flags;
        this.time = time;
        this.log = log;
        this.memory = memory;
        this.slots = new Slots(flags.parallel(), flags.slotContext());
        Stats stats = new Stats();
        Pace pace = new Pace(flags.speed(), flags.prefill(), flags.ping());
        Generator generator = new Generator(slots, pace, stats, time, crash);
        this.dialect = new LlamaEngine(flags, slots, generator, stats, time);
        HostPort where = new HostPort(flags.host(), flags.port());
        this.server =
                EngineServer.start(
                        where,
                        Style.LLAMA,
                        new Observed(
                                dialect,
                                stats,
                                new Book(flags.bookDir()),
                                slots::active,
                                slots::queued),
                        time);
    }

    @Override
    public void load() throws LoadException, InterruptedException {
        log.llama("I", "load_model", "loading model '" + flags.modelPath() + "'");
        for (int step = 1; step <= STEPS; step++) {
            time.sleep(flags.loadTime().dividedBy(STEPS));
            if (flags.loadFails() && step == STEPS / 2) {
                log.llama("E", "load_model", "failed to load model, '" + flags.modelPath() + "'");
                log.llama("E", "llama_server", "exiting due to model loading error");
                throw new LoadException("failed to load model");
            }
            memory.hold(step / (double) STEPS);
        }
        log.llama(
                "I",
                "load_model",
                "initializing, n_slots = %d, n_ctx_slot = %d, kv_unified = '%b'"
                        .formatted(flags.parallel(), flags.slotContext(), flags.ownContext()));
        log.llama("I", "llama_server", "model loaded");
        dialect.loaded();
        log.llama("I", "llama_server", "listening on http://" + flags.host() + ":" + server.port());
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public boolean busy() {
        return slots.active() > 0;
    }

    @Override
    public String awaitBroken() throws InterruptedException {
        return server.awaitBroken();
    }

    @Override
    public void stopListening() throws IOException {
        server.stopListening();
    }

    @Override
    public void close() throws IOException {
        server.close();
        memory.end();
    }
}
