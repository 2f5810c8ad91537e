package cortex.neuron.harness.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.core.time.SystemTime;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.config.NeuronConfig.HarnessConfig;
import cortex.neuron.harness.EngineEnd;
import cortex.neuron.harness.EngineFailedException;
import cortex.neuron.harness.EngineHttp;
import cortex.neuron.harness.Harness;
import cortex.neuron.harness.traits.MistralRsTraits;
import cortex.neuron.memory.FakeDevices;
import cortex.neuron.process.Poll;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MistralRsRemoteTest {
    @TempDir private Path dir;
    private FakeMistral mistral;

    @BeforeEach
    void start() throws Exception {
        mistral = new FakeMistral(0);
    }

    @AfterEach
    void stop() throws Exception {
        mistral.close();
    }

    private final FakeDevices devices = new FakeDevices();

    private MistralRsRemote remote(URI url, @Nullable String unit, Duration stall) {
        HarnessConfig config =
                new HarnessConfig(
                        "mistralrs",
                        new NeuronConfig.Remote(url, unit),
                        new NeuronConfig.Started(
                                null, null, List.of(), List.of(), List.of(), List.of()),
                        false,
                        new NeuronConfig.Patience(stall, stall, silence, stall));
        List<String> systemctl = List.of(dir.resolve("systemctl").toString());
        return new MistralRsRemote(config, new EngineHttp(), new SystemTime(), devices, systemctl);
    }

    /// How long it may say nothing.
    private Duration silence = Duration.ofSeconds(30);

    private MistralRsRemote remote() {
        return remote(mistral.url(), null, Duration.ofSeconds(20));
    }

    private static Harness.Engine start(MistralRsRemote remote, String id) {
        LoadRequest request =
                new LoadRequest(id, "mistralrs", null, null, List.of(), null, EngineOptions.NONE);
        return remote.start(new Harness.Launch("r", request, Map.of()));
    }

    private void systemctl(int exit) throws Exception {
        Path script = dir.resolve("systemctl");
        Files.writeString(
                script,
                "#!/bin/sh\necho \"$@\" >> '%s'\necho no permission\nexit %d\n"
                        .formatted(dir.resolve("calls"), exit));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String systemctlCalls() throws Exception {
        Path calls = dir.resolve("calls");
        return Files.exists(calls) ? Files.readString(calls) : "";
    }

    @Test
    void anUnloadedModelIsReloadedByItsOwnName() throws Exception {
        mistral.models.put("o/m", "unloaded");

        Harness.Facts facts = start(remote(), "o/m").awaitReady();

        assertThat(facts.engineModel()).isEqualTo("o/m");
        assertThat(mistral.calls).containsExactly("status o/m", "reload o/m");
    }

    @Test
    void aLoadedModelIsNeverReloaded() throws Exception {
        mistral.models.put("o/m", "loaded");
        // As a reload of a loaded model by somebody else left it.
        mistral.phantoms.put("o/m", "reloading");

        start(remote(), "o/m").awaitReady();

        assertThat(mistral.calls).isEmpty();
    }

    @Test
    void aPhantomReloadIsGivenUp() {
        mistral.phantoms.put("o/m", "reloading");
        Harness.Engine engine = start(remote(mistral.url(), null, Duration.ofMillis(600)), "o/m");

        assertThatThrownBy(engine::awaitReady)
                .isInstanceOf(EngineFailedException.class)
                .hasMessageContaining("'reloading'")
                .hasMessageContaining("for ever");
        assertThat(mistral.calls).isEmpty();
    }

    @Test
    void aPhantomReloadIsEndedByTheUnit() throws Exception {
        systemctl(0);
        mistral.phantoms.put("o/m", "reloading");
        Harness.Engine engine =
                start(remote(mistral.url(), "mistralrs.service", Duration.ofMillis(600)), "o/m");
        Thread restarted =
                Thread.ofVirtual()
                        .start(() -> {
                            untilRestarted();
                            mistral.phantoms.clear();
                            mistral.models.put("o/m", "loaded");
                        });

        engine.awaitReady();

        restarted.join();
        assertThat(systemctlCalls()).isEqualTo("restart mistralrs.service\n");
    }

    private void untilRestarted() {
        try {
            Poll.until("restarted", () -> systemctlCalls().contains("restart"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aModelItWasNotStartedWithIsRefused() {
        mistral.models.put("o/other", "loaded");

        assertThatThrownBy(() -> start(remote(), "o/m").awaitReady())
                .hasMessageContaining("was not started with 'o/m'")
                .hasMessageContaining("o/other");
        assertThat(mistral.calls).isEmpty();
    }

    @Test
    void anErrorWithStatus200IsAnError() {
        mistral.models.put("o/m", "unloaded");
        mistral.reloadError = "CUDA_ERROR_INVALID_CONTEXT";

        assertThatThrownBy(() -> start(remote(), "o/m").awaitReady())
                .hasMessageContaining("CUDA_ERROR_INVALID_CONTEXT");
    }

    @Test
    void whileAReloadRunsTheModelIsNotReady() throws Exception {
        mistral.models.put("o/m", "unloaded");
        mistral.holdReload = true;
        Harness.Engine engine = start(remote(), "o/m");
        CountDownLatch ready = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> awaitReady(engine, ready));
        Poll.until("it reloads", () -> "reloading".equals(mistral.models.get("o/m")));
        assertThat(ready.getCount()).isOne();

        mistral.reloadMayEnd.countDown();

        ready.await();
        assertThat(mistral.calls).containsOnlyOnce("reload o/m");
    }

    private static void awaitReady(Harness.Engine engine, CountDownLatch ready) {
        try {
            engine.awaitReady();
            ready.countDown();
        } catch (EngineFailedException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anUnloadIsVerified() throws Exception {
        mistral.models.put("o/m", "loaded");
        Harness.Engine engine = start(remote(), "o/m");
        engine.awaitReady();

        engine.stop();

        assertThat(mistral.models).containsEntry("o/m", "unloaded");
        assertThat(engine.awaitGone()).isNull();
        engine.stop();
        assertThat(mistral.calls).containsExactly("unload o/m");
    }

    @Test
    void theUnitIsStoppedForItsMemoryUnlessAnotherModelWouldPay() throws Exception {
        systemctl(0);
        mistral.models.put("o/m", "loaded");
        mistral.models.put("o/n", "loaded");
        MistralRsRemote remote = remote(mistral.url(), "u.service", Duration.ofSeconds(20));

        Harness.Engine first = start(remote, "o/m");
        first.stop();
        assertThat(first.escalate(true)).isNull();
        Harness.Engine last = start(remote, "o/n");
        last.stop();
        assertThat(systemctlCalls()).isEmpty();
        assertThat(remote.starts()).isZero();
        assertThat(last.escalate(true)).contains("stopped its unit");
        assertThat(systemctlCalls()).isEqualTo("stop u.service\n");
        assertThat(remote.starts()).isOne();
    }

    @Test
    void withoutAUnitNothingMoreCanBeDone() throws Exception {
        mistral.models.put("o/m", "loaded");
        MistralRsRemote remote = remote();
        Harness.Engine engine = start(remote, "o/m");
        engine.stop();

        assertThat(engine.escalate(true)).isNull();
        assertThat(remote.restartable()).isFalse();
        assertThatThrownBy(() -> remote.restart(Set.of())).hasMessageContaining("no unit");
    }

    @Test
    void aRestartIsTheUnits() throws Exception {
        systemctl(0);
        MistralRsRemote remote = remote(mistral.url(), "u.service", Duration.ofSeconds(20));

        assertThat(remote.restartable()).isTrue();
        assertThat(remote.restart(Set.of())).contains("restarted its unit");
        assertThat(systemctlCalls()).isEqualTo("restart u.service\n");
        assertThat(remote.starts()).isOne();
    }

    @Test
    void aReloadThatTakesMemoryGetsOn() throws Exception {
        mistral.models.put("o/m", "unloaded");
        mistral.holdReload = true;
        Duration silence = Duration.ofSeconds(2);
        Harness.Engine engine = start(remote(mistral.url(), null, silence), "o/m");
        CountDownLatch ready = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> awaitReady(engine, ready));
        Poll.until("it reloads", () -> "reloading".equals(mistral.models.get("o/m")));
        long from = System.nanoTime();
        Poll.until(
                "it has grown for twice the silence that is allowed",
                () -> {
                    long past = System.nanoTime() - from;
                    devices.other[0] = 100 + past / 5_000_000;
                    return past > 2 * silence.toNanos();
                });

        assertThat(new SystemTime().nanos() - engine.progress().nanos())
                .isLessThan(silence.toNanos());
        mistral.reloadMayEnd.countDown();
        assertThat(ready.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aUnitThatMayNotBeStartedIsAClearFailure() throws Exception {
        systemctl(1);
        URI nobody = mistral.url();
        mistral.close();
        MistralRsRemote remote = remote(nobody, "u.service", Duration.ofSeconds(20));

        assertThatThrownBy(() -> start(remote, "o/m").awaitReady())
                .hasMessage("systemctl start u.service failed: no permission");
        assertThat(systemctlCalls()).isEqualTo("start u.service\n");
    }

    @Test
    void theUnitIsStartedWhenNothingAnswers() throws Exception {
        systemctl(0);
        URI url = mistral.url();
        mistral.close();
        Harness.Engine engine = start(remote(url, "u.service", Duration.ofSeconds(20)), "o/m");
        AtomicReference<Harness.@Nullable Facts> facts = new AtomicReference<>();
        Thread loading = Thread.ofVirtual().start(() -> setFacts(engine, facts));
        Poll.until("started", () -> !systemctlCalls().isEmpty());

        try (FakeMistral up = new FakeMistral(url.getPort())) {
            up.models.put("o/m", "loaded");
            loading.join();
        }

        assertThat(facts.get())
                .isEqualTo(new Harness.Facts("o/m", null, null, MistralRsTraits.of(List.of())));
    }

    private static void setFacts(
            Harness.Engine engine, AtomicReference<Harness.@Nullable Facts> facts) {
        try {
            facts.set(engine.awaitReady());
        } catch (EngineFailedException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatSomebodyElseLoadedIsFoundAndItsLeavingSeen() throws Exception {
        mistral.models.put("o/m", "loaded");
        mistral.models.put("o/cold", "unloaded");
        MistralRsRemote remote = remote();
        List<String> found = new CopyOnWriteArrayList<>();
        List<Harness.Engine> engines = new CopyOnWriteArrayList<>();
        remote.watch((request, engine) -> {
            found.add(request.modelId());
            engines.add(engine);
        });
        // At once: a neuron's first answer about its models is true.
        assertThat(found).containsOnly("o/m");
        Harness.Engine engine = Objects.requireNonNull(engines.getFirst());
        engine.awaitReady();

        mistral.models.put("o/m", "unloaded");

        assertThat(engine.awaitGone()).isNull();
        assertThat(mistral.calls).isEmpty();
        remote.unwatch();
    }

    @Test
    void anEngineThatVanishesIsSeen() throws Exception {
        mistral.models.put("o/m", "loaded");
        MistralRsRemote remote = remote();
        remote.watch((request, engine) -> {});
        Harness.Engine engine = start(remote, "o/m");
        engine.awaitReady();

        mistral.close();

        assertThat(engine.awaitGone())
                .extracting(EngineEnd::reason)
                .asString()
                .contains("does not answer");
        assertThat(remote.unavailable()).contains("does not answer");
        remote.unwatch();
    }

    @Test
    void anEngineThatWasSilentForTooLongIsForgottenAndNotUnloadedWhenItSpeaksAgain()
            throws Exception {
        silence = Duration.ofSeconds(1);
        mistral.models.put("o/m", "loaded");
        MistralRsRemote remote = remote();
        remote.watch((request, engine) -> {});
        Harness.Engine engine = start(remote, "o/m");
        engine.awaitReady();
        CountDownLatch speaks = new CountDownLatch(1);
        mistral.speaks = speaks;
        assertThat(engine.awaitGone())
                .extracting(EngineEnd::reason)
                .asString()
                .contains("does not answer");
        speaks.countDown();
        Poll.until("seen again", () -> remote.unavailable() == null);
        engine.stop();
        assertThat(mistral.calls).noneMatch(call -> call.startsWith("unload"));
        assertThat(mistral.models).containsEntry("o/m", "loaded");
        remote.unwatch();
    }

    @Test
    void anEngineThatIsSilentForSomeSecondsIsNotLost() throws Exception {
        mistral.models.put("o/m", "loaded");
        MistralRsRemote remote = remote();
        remote.watch((request, engine) -> {});
        CountDownLatch speaks = new CountDownLatch(1);
        mistral.speaks = speaks;
        Poll.until("missed", () -> remote.view().misses() > 1);
        assertThat(remote.view().lost()).isFalse();
        speaks.countDown();
        remote.unwatch();
    }

    @Test
    void leavingTouchesNothing() throws Exception {
        mistral.models.put("o/m", "loaded");
        Harness.Engine engine = start(remote(), "o/m");
        engine.awaitReady();

        engine.leave();
        assertThat(engine.awaitGone()).isNull();
        engine.stop();

        assertThat(mistral.models).containsEntry("o/m", "loaded");
        assertThat(mistral.calls).isEmpty();
    }
}
