package cortex.neuron.api;

import cortex.core.config.HostPort;
import cortex.core.node.DeviceHealth;
import cortex.core.node.DeviceInfo;
import cortex.core.node.DeviceMemory;
import cortex.core.node.Json;
import cortex.core.time.SystemTime;
import cortex.neuron.device.Device;
import cortex.neuron.device.DeviceProbe;
import cortex.neuron.device.DeviceReading;
import cortex.neuron.device.Devices;
import cortex.neuron.device.OneProbe;
import cortex.neuron.device.ProcessMemory;
import cortex.neuron.files.FilesWatch;
import cortex.neuron.host.Host;
import cortex.neuron.replica.FakeHarness;
import cortex.neuron.replica.ReplicaHost;
import cortex.relay.door.Door;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineClients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;

/// The API over real HTTP, over a real {@link ReplicaHost} whose engines are told of only.
final class ApiFixture implements AutoCloseable {
    static final DeviceReading TWO =
            new DeviceReading(
                    true,
                    List.of(
                            new Device(
                                    new DeviceInfo(
                                            0,
                                            "nvidia",
                                            "NVIDIA L40S",
                                            "GPU-0",
                                            46068L,
                                            DeviceMemory.OWN,
                                            Map.of(
                                                    "compute", "8.9", "driver", "580.95", "cuda",
                                                    "13.0")),
                                    new DeviceHealth(0, 30122L, 15427L, 97, 71)),
                            new Device(
                                    new DeviceInfo(
                                            1,
                                            "nvidia",
                                            "NVIDIA GB10",
                                            "GPU-1",
                                            null,
                                            null,
                                            Map.of()),
                                    new DeviceHealth(1, null, null, null, null))),
                    List.of(new ProcessMemory(77, 0, 2296)),
                    null);

    final FakeHarness harness = new FakeHarness();
    final Devices devices;
    final ReplicaHost replicas;
    final HttpClient client = HttpClient.newHttpClient();
    private final HttpClient engines = EngineClients.create(Duration.ofSeconds(2));
    private final RunningServer server;
    final FilesWatch files;

    ApiFixture(DeviceProbe probe) throws InterruptedException {
        SystemTime time = new SystemTime();
        devices = Devices.start(List.of(probe), Duration.ofMinutes(1), time);
        replicas = harness.host(devices);
        files = new FilesWatch(replicas::files, Duration.ofMillis(20));
        NeuronApi api =
                new NeuronApi(
                        new NodeRoutes(
                                new Host("beast", "Fedora Linux 43", "6.17"),
                                devices,
                                replicas,
                                new RestartNotice(
                                        new RestartNotice.Waits(
                                                Duration.ofSeconds(30), Duration.ofSeconds(20)),
                                        time),
                                time),
                        new ModelRoutes(replicas, devices),
                        new EngineDoor(replicas, new Door(Duration.ofMinutes(5)), engines),
                        new FileRoutes(files));
        server =
                HttpServers.start(
                        ServerSettings.of(new HostPort("127.0.0.1", 0))
                                .withDrainGrace(Duration.ZERO),
                        ErrorBody.forOperators(),
                        time,
                        api::register);
    }

    /// Two devices, read.
    static ApiFixture withDevices() throws InterruptedException {
        ApiFixture fixture = new ApiFixture(new OneProbe(() -> TWO));
        fixture.devices.awaitFirst(Duration.ofSeconds(20));
        return fixture;
    }

    int port() {
        return server.address().port();
    }

    HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                        .method(method, BodyPublishers.ofString(body))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    JsonNode json(String path) throws IOException, InterruptedException {
        return Json.MAPPER.readTree(get(path).body());
    }

    JsonNode post(String path, String body) throws IOException, InterruptedException {
        return Json.MAPPER.readTree(send("POST", path, body).body());
    }

    /// Loads a model and waits until the API says that it is loaded; its replica.
    String loaded(String model) throws IOException, InterruptedException {
        harness.ready.countDown();
        String replica =
                post("/models/load", "{\"model_id\":\"%s\",\"harness\":\"fake\"}".formatted(model))
                        .get("replica")
                        .stringValue();
        awaitStatus(model, "loaded");
        return replica;
    }

    /// Polls `/models` until the model has the status; its entry.
    JsonNode awaitStatus(String model, String status) throws IOException, InterruptedException {
        SystemTime time = new SystemTime();
        long end = time.nanos() + Duration.ofSeconds(20).toNanos();
        while (true) {
            JsonNode models = json("/models");
            for (JsonNode entry : models) {
                if (entry.get("id").stringValue().equals(model)
                        && entry.get("status").stringValue().equals(status)) {
                    return entry;
                }
            }
            if (time.nanos() > end) {
                throw new AssertionError(model + " never became " + status + ": " + models);
            }
            new CountDownLatch(1).await(5, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        harness.ready.countDown();
        harness.stoppable.countDown();
        server.close();
        files.close();
        replicas.close();
        devices.close();
        engines.shutdownNow();
        client.shutdownNow();
    }
}
