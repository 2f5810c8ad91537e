package cortex.neuron.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.EngineOptions;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.LoadRequest;
import cortex.core.node.LoadResponse;
import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.core.node.UnloadRequest;
import cortex.neuron.process.Poll;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The node's replicas over scripted engines in real processes.
@Timeout(120)
class ReplicaHostTest {
    @TempDir private Path dir;
    private Fixture fixture;
    private ReplicaHost host;

    @BeforeEach
    void start() throws Exception {
        fixture = new Fixture(dir);
        host = fixture.start();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        host.close();
        fixture.assertNothingLeft();
    }

    private void restart(Duration grace, Duration stall) throws Exception {
        host.close();
        host = fixture.start(fixture.config(grace, stall));
    }

    private static UnloadRequest unload(String model) {
        return new UnloadRequest(model, null, false);
    }

    @Test
    void loadsServesAndUnloads() throws Exception {
        LoadResponse loading = host.load(Fixture.request("org/tiny", "--fake-load", "300"));
        assertThat(loading.status()).isEqualTo(ModelStatus.LOADING);
        assertThat(loading.replica()).matches("tiny-[0-9a-f]{12}");
        assertThat(host.endpoint("org/tiny")).isNull();
        assertThat(host.enter(loading.replica())).isNull();

        ModelInfo loaded = Fixture.await(host, "org/tiny", ModelStatus.LOADED);
        assertThat(loaded.replica()).isEqualTo(loading.replica());
        assertThat(loaded.engine().slots()).isEqualTo(2);
        assertThat(loaded.engine().context()).isEqualTo(2048);
        assertThat(loaded.engine().engineModel()).isEqualTo("org/tiny");
        assertThat(loaded.load().loadSecs()).isGreaterThan(0.25);
        ReplicaHost.Endpoint endpoint = Objects.requireNonNull(host.endpoint("org/tiny"));
        assertThat(endpoint.engineUrl().getPort()).isBetween(21_500, 21_599);
        assertThat(endpoint.direct()).isFalse();
        assertThat(host.load(Fixture.request("org/tiny")))
                .isEqualTo(new LoadResponse(ModelStatus.LOADED, loading.replica()));

        assertThat(host.unload(unload("org/tiny")).status()).isEqualTo(ModelStatus.UNLOADED);
        assertThat(host.models()).isEmpty();
        assertThat(fixture.running()).isEmpty();
        assertThat(fixture.records()).isEmpty();
        assertThat(host.unload(unload("org/tiny")).status()).isEqualTo(ModelStatus.UNLOADED);
        assertThat(host.log("org/tiny")).contains("fake engine with").doesNotContain("\u001B");
        assertThat(host.log("never-loaded")).isNull();
    }

    @Test
    void manyLoadsStartOneEngine() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<String> replicas = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                awaitQuietly(go);
                                LoadRequest request = Fixture.request("one");
                                String replica = host.load(request).replica();
                                replicas.add(replica);
                            }));
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        Fixture.await(host, "one", ModelStatus.LOADED);

        assertThat(replicas).hasSize(20);
        assertThat(replicas.stream().distinct()).hasSize(1);
        assertThat(fixture.started()).hasSize(1);
    }

    @Test
    void aCrashWhileLoadingSaysWhyAndRests() throws Exception {
        LoadRequest request =
                Fixture.request(
                        "bad", "--fake-never", "--fake-exit", "3", "--fake-exit-after", "200");
        String first = host.load(request).replica();

        ModelInfo failed = Fixture.await(host, "bad", ModelStatus.FAILED);
        assertThat(failed.engine().reason()).isEqualTo("the engine exited with code 3");
        assertThat(failed.engine().cause())
                .isEqualTo(new FailureCause(Kind.OUT_OF_MEMORY, "CUDA error: out of memory"));
        assertThat(failed.replica()).isEqualTo(first);
        ModelInfo.Rest rest = Objects.requireNonNull(failed.load().rest());
        assertThat(rest.secs()).isBetween(0.0, 1.0);
        assertThat(rest.served()).isFalse();
        assertThat(fixture.records()).isEmpty();
        assertThatThrownBy(() -> host.load(request))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> {
                            assertThat(e.failure()).isInstanceOf(Failure.LoadFailed.class);
                            assertThat(e.failure().retryAfter())
                                    .isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
                        });
        assertThat(fixture.started()).hasSize(1);

        List<String> replicas = new ArrayList<>();
        Poll.until("the rest is over", () -> tryLoad(request, replicas));
        assertThat(replicas.getFirst()).isNotEqualTo(first);
        Fixture.await(host, "bad", ModelStatus.FAILED);
        assertThat(fixture.started()).hasSize(2);
        assertThat(host.unload(unload("bad")).status()).isEqualTo(ModelStatus.UNLOADED);
        assertThat(host.models()).isEmpty();
    }

    private boolean tryLoad(LoadRequest request, List<String> replicas) {
        try {
            replicas.add(host.load(request).replica());
            return true;
        } catch (FailureException e) {
            return false;
        }
    }

    @Test
    void aCrashWhenReadyIsSeen() throws Exception {
        host.load(Fixture.request("frail"));
        Fixture.await(host, "frail", ModelStatus.LOADED);
        ReplicaHost.Endpoint endpoint = Objects.requireNonNull(host.endpoint("frail"));
        Entry entry = Objects.requireNonNull(host.enter(endpoint.replica()));

        ProcessHandle.of(fixture.started().getFirst()).orElseThrow().destroyForcibly();

        ModelInfo failed = Fixture.await(host, "frail", ModelStatus.FAILED);
        assertThat(failed.engine().reason()).contains("signal 9");
        assertThat(host.endpoint("frail")).isNull();
        assertThat(host.enter(endpoint.replica())).isNull();
        entry.close();
    }

    @Test
    void anEngineThatIgnoresTermIsKilledWithItsChildren() throws Exception {
        restart(Duration.ofMillis(300), Duration.ofSeconds(20));
        host.load(Fixture.request("deaf", "--fake-deaf", "--fake-child"));
        Fixture.await(host, "deaf", ModelStatus.LOADED);
        assertThat(fixture.running()).hasSize(2);

        host.unload(unload("deaf"));

        assertThat(fixture.running()).isEmpty();
    }

    @Test
    void childrenOfACrashedEngineAreEnded() throws Exception {
        host.load(
                Fixture.request(
                        "parent", "--fake-child", "--fake-exit", "1", "--fake-exit-after", "700"));
        Fixture.await(host, "parent", ModelStatus.FAILED);

        assertThat(fixture.started()).hasSize(2);
        assertThat(fixture.running()).isEmpty();
    }

    @Test
    void unloadWhileLoading() throws Exception {
        String replica = host.load(Fixture.request("slow", "--fake-never")).replica();
        Poll.until("the engine runs", () -> !fixture.started().isEmpty());

        host.unload(new UnloadRequest("slow", replica, true));

        assertThat(host.models()).isEmpty();
        assertThat(fixture.running()).isEmpty();
        assertThat(host.unload(new UnloadRequest("slow", replica, true)).status())
                .isEqualTo(ModelStatus.UNLOADED);
    }

    @Test
    void aLoadDuringAnUnloadStartsAfterIt() throws Exception {
        restart(Duration.ofSeconds(1), Duration.ofSeconds(20));
        String first = host.load(Fixture.request("again", "--fake-deaf")).replica();
        Fixture.await(host, "again", ModelStatus.LOADED);
        Thread unloading =
                Thread.ofVirtual()
                        .start(() -> host.unload(new UnloadRequest("again", first, false)));
        Fixture.await(host, "again", ModelStatus.UNLOADING);

        String second = host.load(Fixture.request("again")).replica();

        assertThat(second).isNotEqualTo(first);
        assertThat(fixture.started()).hasSize(1);
        unloading.join();
        ModelInfo info = Fixture.await(host, "again", ModelStatus.LOADED);
        assertThat(info.replica()).isEqualTo(second);
        // A late unload of the first does not hit the second.
        host.unload(new UnloadRequest("again", first, false));
        assertThat(host.endpoint("again")).isNotNull();
    }

    @Test
    void onlyIfIdleIsRefusedWhileBusy() throws Exception {
        String replica = host.load(Fixture.request("busy")).replica();
        Fixture.await(host, "busy", ModelStatus.LOADED);
        Entry one = Objects.requireNonNull(host.enter(replica));
        Entry two = Objects.requireNonNull(host.enter(replica));
        assertThat(one.engineUrl())
                .isEqualTo(Objects.requireNonNull(host.endpoint("busy")).engineUrl());
        UnloadRequest request = new UnloadRequest("busy", replica, true);

        assertThatThrownBy(() -> host.unload(request))
                .isInstanceOfSatisfying(
                        ReplicaBusyException.class, e -> assertThat(e.inFlight()).isEqualTo(2));
        one.close();
        one.close();
        assertThat(Objects.requireNonNull(Fixture.info(host, "busy")).inFlight()).isEqualTo(1);
        two.close();
        assertThat(host.unload(request).status()).isEqualTo(ModelStatus.UNLOADED);
    }

    @Test
    void aTakenPortIsSkipped() throws Exception {
        int first = Fixture.PORTS.first();
        try (ServerSocket other = new ServerSocket(first, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThat(other.isBound()).isTrue();
            host.load(Fixture.request("a"));
            host.load(Fixture.request("b"));
            Fixture.await(host, "a", ModelStatus.LOADED);
            Fixture.await(host, "b", ModelStatus.LOADED);
            URI a = Objects.requireNonNull(host.endpoint("a")).engineUrl();
            URI b = Objects.requireNonNull(host.endpoint("b")).engineUrl();
            assertThat(List.of(a.getPort(), b.getPort()))
                    .doesNotContain(first)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aLoadWithoutProgressIsGivenUp() throws Exception {
        restart(Duration.ofSeconds(1), Duration.ofMillis(1500));
        host.load(Fixture.request("stuck", "--fake-never"));

        ModelInfo failed = Fixture.await(host, "stuck", ModelStatus.FAILED);

        assertThat(failed.engine().reason()).contains("no progress").contains("503");
        assertThat(fixture.running()).isEmpty();
    }

    @Test
    void theLogIsBoundedAndHoldsTheEnd() throws Exception {
        host.load(Fixture.request("noisy", "--fake-noise", "300000"));
        Fixture.await(host, "noisy", ModelStatus.LOADED);
        Poll.until("trimmed", () -> logBytes() <= 8 << 10);

        assertThat(Objects.requireNonNull(host.log("noisy"))).hasSizeLessThanOrEqualTo(8 << 10);
    }

    private long logBytes() throws Exception {
        long sum = 0;
        try (Stream<Path> files = Files.list(fixture.state().resolve("logs"))) {
            for (Path file : files.toList()) {
                sum += file.toFile().length();
            }
        }
        return sum;
    }

    @Test
    void aMistralRsProcessIsReadyOnceItAnswersAndListsTheModel() throws Exception {
        host.close();
        Duration second = Duration.ofSeconds(1);
        host = fixture.start(fixture.config("mistralrs", second, Duration.ofSeconds(20)));
        EngineOptions options =
                new EngineOptions(
                        EngineOptions.Origin.NONE,
                        4096,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of("--fake-mistral", "--fake-load", "400"));
        LoadRequest request =
                new LoadRequest("o/m", "mistralrs", null, null, List.of(), null, options);

        host.load(request);
        ModelInfo loaded = Fixture.await(host, "o/m", ModelStatus.LOADED);

        assertThat(loaded.engine().engineModel()).isEqualTo("o/m");
        assertThat(loaded.load().loadSecs()).isGreaterThan(0.4);
        assertThat(loaded.engine().slots()).isEqualTo(32);
        assertThat(loaded.engine().context()).isEqualTo(4096);
        host.unload(unload("o/m"));
        assertThat(fixture.running()).isEmpty();
    }

    @Test
    void aSecretGivenToAnEngineIsNotShown() throws Exception {
        LoadRequest request = Fixture.request("leaky", "--fake-say", "HF hush-hush-hush");
        host.load(request);
        Fixture.await(host, "leaky", ModelStatus.LOADED);
        Poll.until("said", () -> String.valueOf(host.log("leaky")).contains("HF "));

        assertThat(host.log("leaky")).contains("HF ***").doesNotContain("hush");
    }

    @Test
    void whatCannotBeIsRefused() {
        LoadRequest tiny = Fixture.request("m");
        LoadRequest other =
                new LoadRequest("m", "nosuch", null, null, List.of(), null, tiny.options());

        assertThatThrownBy(() -> host.load(other)).hasMessageContaining("no harness 'nosuch'");
        assertThatThrownBy(() -> fixture.start()).hasMessageContaining("another neuron");
        host.close();
        assertThatThrownBy(() -> host.load(tiny)).hasMessageContaining("shutting down");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
