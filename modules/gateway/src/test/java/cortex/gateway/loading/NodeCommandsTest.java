package cortex.gateway.loading;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.node.EngineOptions;
import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.LoadRequest;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.LoadDone;
import cortex.gateway.fleet.machine.FleetEvent.LoadFailed;
import cortex.gateway.fleet.rules.Rest;
import cortex.gateway.fleet.rules.UnloadReason;
import cortex.gateway.nodes.HttpNeuronClient;
import cortex.gateway.nodes.ScriptedNeuron;
import cortex.gateway.nodes.VirtualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeCommandsTest {
    private static final String ENDPOINT = "GET /models/org/m/endpoint";

    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<FleetEvent> events = new LinkedBlockingQueue<>();
    private final NodeCommands commands = commands(Duration.ofSeconds(10), Duration.ofHours(9));

    private NodeCommands commands(Duration answer, Duration silence) {
        var client =
                new HttpNeuronClient(
                        http,
                        neuron.url(),
                        new HttpNeuronClient.Patience(answer, answer, answer),
                        cortex.gateway.nodes.ReportRules.USUAL);
        var made = new NodeCommands("beast", client, new VirtualTime(), silence, events::add);
        made.start();
        return made;
    }

    @AfterEach
    void close() {
        commands.close();
        neuron.close();
        http.shutdownNow();
    }

    private static Effect.StartLoad load(long generation) {
        return new Effect.StartLoad(
                "beast",
                generation,
                new LoadRequest(
                        "org/m", "llamacpp", null, null, List.of(0), 100L, EngineOptions.NONE));
    }

    private static Effect.StartUnload unload(long generation) {
        return new Effect.StartUnload(
                "beast", generation, "org/other", "r1", UnloadReason.roomFor("org/m"));
    }

    private FleetEvent next() throws InterruptedException {
        return Objects.requireNonNull(events.poll(20, TimeUnit.SECONDS), "no answer came");
    }

    private void accepts() {
        neuron.answer("POST /models/load", 200, "{\"status\":\"loading\",\"replica\":\"r7\"}");
        neuron.answer("POST /models/unload", 200, "{\"status\":\"unloaded\"}");
        neuron.answer(
                ENDPOINT,
                200,
                "{\"url\":\"/engines/r7\",\"engine_model\":\"name\",\"replica\":\"r7\"}");
    }

    @Test
    void aLoadIsWatchedUntilItServes() throws Exception {
        accepts();
        neuron.lists("org/m", "r7", "loading", "");
        commands.load(load(5));
        assertThat(events.poll(100, TimeUnit.MILLISECONDS)).isNull();
        neuron.lists("org/m", "r7", "loaded", "");
        LoadDone done = (LoadDone) next();
        assertThat(done.generation()).isEqualTo(5);
        assertThat(done.endpoint()).isEqualTo(URI.create(neuron.url() + "/engines/r7"));
        assertThat(done.engineModel()).isEqualTo("name");
    }

    @Test
    void aFailedLoadOfAnOlderNeuronTellsTheEnginesLastLine() throws Exception {
        accepts();
        String last = "; its last words:\\n" + "line\\n".repeat(50) + "out of \\u001bmemory";
        neuron.lists("org/m", "r7", "failed", "it exited" + last);
        commands.load(load(6));
        LoadFailed failed = (LoadFailed) next();
        assertThat(failed.reason()).isEqualTo("it exited");
        assertThat(failed.cause()).isEqualTo(new FailureCause(Kind.OTHER, "out of  memory"));
        assertThat(failed.certain()).isTrue();
    }

    @Test
    void aLoadThatVanishesHasFailedAndOnlyTheNodeCanTellWhy() throws Exception {
        accepts();
        neuron.lists("org/m", "r8", "loaded", "");
        commands.load(load(7));
        assertThat(((LoadFailed) next()).certain()).isFalse();
    }

    @Test
    void aNeuronThatShutsDownOrIsGoneIsNoFaultOfTheModel() throws Exception {
        neuron.answer(
                "POST /models/load",
                503,
                "{\"error\":{\"message\":\"bye\",\"code\":\"shutting_down\"}}");
        commands.load(load(11));
        assertThat(next()).isEqualTo(new LoadFailed(11, "is shutting down", false));
        neuron.close();
        commands.load(load(12));
        assertThat(((LoadFailed) next()).certain()).isFalse();
    }

    @Test
    void aLoadThatStandsStillIsStopped() throws Exception {
        accepts();
        neuron.lists("org/m", "r7", "loading", "");
        try (NodeCommands impatient = commands(Duration.ofSeconds(10), Duration.ofSeconds(20))) {
            impatient.load(load(8));
            LoadFailed failed = (LoadFailed) next();
            assertThat(failed.reason()).contains("no progress for 20 s");
            assertThat(failed.certain()).isTrue();
        }
        assertThat(neuron.requests)
                .anyMatch(r -> r.startsWith("POST /models/unload") && r.contains("\"r7\""));
    }

    @Test
    void aLoadThatGetsOnMayTakeAsLongAsItTakes() throws Exception {
        accepts();
        neuron.loads("org/m", "r7", 19.5);
        try (NodeCommands impatient = commands(Duration.ofSeconds(10), Duration.ofSeconds(20))) {
            impatient.load(load(8));
            // Nothing listed changes, for many times the silence that is allowed.
            assertThat(events.poll(300, TimeUnit.MILLISECONDS)).isNull();
            neuron.loads("org/m", "r7", 20.5);
            assertThat(((LoadFailed) next()).reason()).contains("no progress for 20 s");
        }
    }

    @Test
    void aLoadThatIsNotAnsweredLeavesItUnknown() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        neuron.hang("POST /models/load", release);
        try (NodeCommands impatient = commands(Duration.ofMillis(50), Duration.ofSeconds(20))) {
            impatient.load(load(9));
            assertThat(((LoadFailed) next()).certain()).isFalse();
        }
        release.countDown();
    }

    @Test
    void aLoadThatIsRefusedTellsWhy() throws Exception {
        neuron.answer("POST /models/load", 400, "{\"error\":{\"message\":\"no such harness\"}}");
        commands.load(load(10));
        assertThat(next()).isEqualTo(new LoadFailed(10, "no such harness", true));
        String refused = "{\"error\":{\"message\":\"m\",\"reason\":\"not below model_dirs\"}}";
        neuron.answer("POST /models/load", 422, refused);
        commands.load(load(11));
        assertThat(next())
                .isEqualTo(
                        new LoadFailed(
                                11, "not below model_dirs", true, FailureCause.of(Kind.REFUSED)));
    }

    @Test
    void aNeuronThatDoesNotTryIsAskedAgainWhenItSaysSo() throws Exception {
        String error =
                """
                {"error":{"message":"The model 'org/m' could not be loaded on beast: x.",
                 "how":"died_serving","reason":"GGML_ASSERT failed",
                 "ending":"the engine was ended by signal 6"}}
                """;
        neuron.answer("POST /models/load", 503, error, "Retry-After: 32\r\n");
        commands.load(load(12));
        assertThat(next())
                .isEqualTo(
                        new FleetEvent.LoadRefused(
                                12,
                                new Rest(
                                        Outcome.DIED_SERVING,
                                        "the engine was ended by signal 6",
                                        new FailureCause(Kind.OTHER, "GGML_ASSERT failed"),
                                        Duration.ofSeconds(32))));
        neuron.answer("POST /models/load", 503, error, "Retry-After: 99999999999999999999\r\n");
        commands.load(load(13));
        assertThat(next()).isInstanceOf(LoadFailed.class);
    }

    @Test
    void aSlowUnloadHoldsNobodyUp() throws Exception {
        accepts();
        CountDownLatch release = new CountDownLatch(1);
        neuron.hang("POST /models/unload", release);
        neuron.lists("org/m", "r7", "loaded", "");
        commands.unload(unload(1));
        commands.load(load(2));
        assertThat(next()).isInstanceOf(LoadDone.class);
        release.countDown();
        assertThat(next()).isEqualTo(new FleetEvent.UnloadDone(1));
    }

    @Test
    void aBusyReplicaIsNotUnloaded() throws Exception {
        neuron.answer("POST /models/unload", 409, "{\"error\":{\"message\":\"1 in flight\"}}");
        commands.unload(unload(1));
        assertThat(next()).isEqualTo(new FleetEvent.UnloadFailed(1, "1 in flight", true));
    }

    @Test
    void closingEndsEveryThread() throws Exception {
        accepts();
        neuron.lists("org/m", "r7", "loading", "");
        commands.load(load(3));
        commands.close();
        neuron.lists("org/m", "r7", "loaded", "");
        assertThat(events.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }
}
