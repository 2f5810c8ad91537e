package cortex.demo;

import cortex.core.time.Time;
import cortex.demo.flags.Flags;
import cortex.demo.http.EngineServer;
import cortex.demo.http.Style;
import cortex.demo.mistralrs.MistralrsEngine;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.Generator;
import cortex.demo.work.LoadException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An engine in mistral.rs's manner: every model is loaded before the port is bound, and models
/// come and go while it runs.
final class MistralrsServer implements Engine {
    private final Flags flags;
    private final Time time;
    private final PrintWriter log;
    private final Map<String, DeviceMemory> memories = new HashMap<>();
    private final MistralrsEngine dialect;
    private volatile @Nullable EngineServer server;

    MistralrsServer(Flags flags, Time time, PrintWriter log, Runnable crash) {
        this.flags = flags;
        this.time = time;
        this.log = log;
        for (String id : flags.served().models()) {
            memories.put(id, new DeviceMemory(flags.memory(), memories.size(), time));
        }
        double speed = flags.pace().speed();
        this.dialect =
                new MistralrsEngine(
                        flags, memories, slots -> new Generator(slots, speed, time, crash), time);
    }

    @Override
    public void load() throws LoadException, IOException, InterruptedException {
        log.println("Loading " + String.join(", ", flags.served().models()));
        try {
            dialect.load();
        } catch (LoadException e) {
            log.println("Error: DriverError(" + e.getMessage() + ")");
            throw e;
        }
        Book book = new Book(dialect, flags.bookDir());
        EngineServer started = EngineServer.start(flags.address(), Style.MISTRALRS, book, time);
        server = started;
        log.println("Server listening on http://" + flags.address().host() + ":" + started.port());
    }

    @Override
    public int port() {
        EngineServer started = server;
        return started == null ? 0 : started.port();
    }

    @Override
    public String awaitBroken() throws InterruptedException {
        return Objects.requireNonNull(server, "loaded before").awaitBroken();
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
