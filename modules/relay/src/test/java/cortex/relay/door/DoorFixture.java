package cortex.relay.door;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.time.SystemTime;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RawClient;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineClients;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A real server whose every path is a door to one scripted engine.
final class DoorFixture implements AutoCloseable {
    static final long ROOM = 4 << 20;

    /// What is known of the engine when it breaks off.
    volatile Failure.@Nullable EngineDied died;

    /// What the engine asks of everybody.
    volatile @Nullable String engineKey;

    final ScriptedEngine engine = new ScriptedEngine();
    final RunningServer server;
    final HeldBodies room = new HeldBodies(ROOM);
    private final HttpClient client = EngineClients.create(Duration.ofSeconds(2));

    DoorFixture(Duration idle) throws IOException {
        this(idle, settings());
    }

    DoorFixture(Duration idle, ServerSettings settings) throws IOException {
        Door door = new Door(idle, room);
        server =
                HttpServers.start(
                        settings,
                        ErrorBody.openAi(),
                        new SystemTime(),
                        routes ->
                                routes.any(
                                        "/*",
                                        (q, s) ->
                                                door.relay(
                                                        q,
                                                        s,
                                                        client,
                                                        new Door.Target(
                                                                engine.url(),
                                                                engineKey,
                                                                q.path().rawPath(),
                                                                "m",
                                                                () -> {},
                                                                _ -> died))));
    }

    static ServerSettings settings() {
        return ServerSettings.of(new HostPort("127.0.0.1", 0))
                .withDrainGrace(Duration.ofSeconds(2));
    }

    RawClient client() throws IOException {
        return new RawClient(server.address());
    }

    @Override
    public void close() throws IOException {
        server.close();
        client.shutdownNow();
        engine.close();
    }
}
