package cortex.demo;

import cortex.core.config.HostPort;
import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.EngineServer;
import cortex.demo.http.Style;
import cortex.demo.mistralrs.MistralrsEngine;
import cortex.demo.mistralrs.ModelLoader;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.Generator;
import cortex.demo.work.Pace;
import cortex.demo.work.Stats;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An engine in mistral.rs's manner: every model is loaded before the port is bound, and models
/// come and go while it runs.
final class MistralrsServer implements Engine {
    private static final int STEPS = 20;

    private final Flags flags;
    private final Time time;
    private final EngineLog log;
    private final Stats stats = new Stats();
    private final Map<String, DeviceMemory> memories = new HashMap<>();
    private final MistralrsEngine dialect;
    private volatile @Nullable EngineServer server;

    /// `memory` gives the device memory of a model by its id.
    MistralrsServer(
            Flags flags,
            Time time,
            EngineLog log,
            Function<String, DeviceMemory> memory,
            Runnable crash) {
        this.flags = flags;
        this.time = time;
        this.log = log;
        flags.models().forEach(id -> memories.put(id, memory.apply(id)));
        Pace pace = new Pace(flags.speed(), flags.prefill(), flags.ping());
        this.dialect =
                new MistralrsEngine(
                        flags,
                        new Loader(),
                        slots -> new Generator(slots, pace, stats, time, crash),
                        stats,
                        time);
    }

    /// Takes its time, and the memory.
    private final class Loader implements ModelLoader {
        @Override
        public void load(String id, boolean again) throws InterruptedException {
            DeviceMemory memory = memories.get(id);
            boolean fails = again ? flags.reloadFails() : flags.loadFails();
            log.mistralrs("INFO", "mistralrs_core", "Loading model `" + id + "`");
            for (int step = 1; step <= STEPS; step++) {
                time.sleep(flags.loadTime().dividedBy(STEPS));
                if (fails && step == STEPS / 2) {
                    throw new IllegalStateException(
                            "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")");
                }
                if (memory != null) {
                    memory.hold(step / (double) STEPS);
                }
            }
        }

        @Override
        public void unload(String id) {
            DeviceMemory memory = memories.get(id);
            if (memory != null) {
                memory.unload(flags.unloadLeak());
            }
        }
    }

    @Override
    public void load() throws LoadException, IOException, InterruptedException {
        try {
            dialect.load();
        } catch (IllegalStateException e) {
            log.mistralrs("ERROR", "mistralrs_core", "Error: " + e.getMessage());
            throw new LoadException(String.valueOf(e.getMessage()));
        }
        HostPort where = new HostPort(flags.host(), flags.port());
        Book book = new Book(flags.bookDir());
        Observed routes = new Observed(dialect, stats, book, dialect::active, dialect::queued);
        EngineServer started = EngineServer.start(where, Style.MISTRALRS, routes, time);
        server = started;
        log.mistralrs(
                "INFO",
                "mistralrs_cli",
                "Server listening on http://" + flags.host() + ":" + started.port());
    }

    @Override
    public int port() {
        EngineServer started = server;
        return started == null ? 0 : started.port();
    }

    @Override
    public boolean busy() {
        return dialect.active() > 0;
    }

    @Override
    public String awaitBroken() throws InterruptedException {
        return Objects.requireNonNull(server, "loaded before").awaitBroken();
    }

    @Override
    public void stopListening() throws IOException {
        EngineServer started = server;
        if (started != null) {
            started.stopListening();
        }
    }

    @Override
    public void close() throws IOException {
        EngineServer started = server;
        if (started != null) {
            started.close();
        }
        memories.values().forEach(DeviceMemory::end);
    }
}
