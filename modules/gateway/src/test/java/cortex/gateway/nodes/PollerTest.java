package cortex.gateway.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.gateway.LogLines;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.machine.FleetEvent.NodeMissed;
import cortex.gateway.fleet.machine.FleetEvent.NodeReported;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PollerTest {
    private final ScriptedNeuron neuron = new ScriptedNeuron();
    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<FleetEvent> events = new LinkedBlockingQueue<>();
    private final Duration patience = Duration.ofSeconds(10);
    private final Poller poller =
            new Poller(
                    "beast",
                    new HttpNeuronClient(
                            http,
                            neuron.url(),
                            new HttpNeuronClient.Patience(patience, patience, patience),
                            ReportRules.USUAL),
                    new VirtualTime(),
                    events::add);

    @AfterEach
    void close() {
        poller.close();
        neuron.close();
        http.shutdownNow();
    }

    @Test
    void asksForTheHostFirstAndAfterAMiss() throws Exception {
        neuron.healthy();
        poller.poll();
        poller.poll();
        neuron.answer("GET /models", 500, "{}");
        poller.poll();
        neuron.answer("GET /models", 200, "[]");
        poller.poll();
        assertThat(events)
                .extracting(e -> e instanceof NodeReported r && r.discovery() != null)
                .containsExactly(true, false, false, true);
        assertThat(events).element(2).isEqualTo(new NodeMissed("beast", "answered 500"));
    }

    @Test
    void aNeuronThatRefusesTheKeyIsToldFromOneThatIsAway() throws Exception {
        neuron.healthy();
        neuron.answer(
                "GET /discovery",
                401,
                "{\"error\":{\"code\":\"unauthorized\",\"message\":\"Not this key.\"}}");
        poller.poll();
        assertThat(events)
                .containsExactly(
                        new NodeMissed(
                                "beast", "refuses this gateway: Not this key.", false, true));
    }

    @Test
    void eachNewReasonIsLoggedOnceUntilTheNeuronAnswers() throws Exception {
        try (LogLines lines = LogLines.of(Poller.class)) {
            neuron.healthy();
            neuron.answer("GET /models", 500, "{}");
            poller.poll();
            poller.poll();
            neuron.answer("GET /models", 502, "{}");
            poller.poll();
            assertThat(lines.warnings())
                    .containsExactly(
                            "neuron beast missed a poll: answered 500",
                            "neuron beast missed a poll: answered 502");
            neuron.answer("GET /models", 200, "[]");
            poller.poll();
            for (int status = 500; status < 530; status++) {
                neuron.answer("GET /models", status, "{}");
                poller.poll();
            }
            assertThat(lines.warnings()).as("a neuron with ever new reasons").hasSize(2 + 8);
        }
    }

    @Test
    void asksForTheHostWhenItsDevicesComeUpLater() throws Exception {
        neuron.healthy();
        neuron.answer(
                "GET /discovery", 200, "{\"hostname\":\"h\",\"os\":\"linux\",\"devices\":[]}");
        neuron.answer("GET /health", 200, "{\"uptime_secs\":5,\"devices\":[]}");
        poller.poll();
        poller.poll();
        neuron.healthy();
        poller.poll();
        poller.poll();
        assertThat(events)
                .extracting(e -> e instanceof NodeReported r && r.discovery() != null)
                .containsExactly(true, false, true, false);
    }

    @Test
    void pollsNowWhenToldTo() throws Exception {
        neuron.healthy();
        poller.start(Duration.ofHours(1));
        assertThat(events.poll(10, TimeUnit.SECONDS)).isInstanceOf(NodeReported.class);
        poller.pollNow();
        assertThat(events.poll(10, TimeUnit.SECONDS)).isInstanceOf(NodeReported.class);
        assertThat(events.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void goesOnPollingEachInterval() throws Exception {
        neuron.healthy();
        poller.start(Duration.ofMillis(5));
        for (int i = 0; i < 5; i++) {
            assertThat(events.poll(10, TimeUnit.SECONDS)).isInstanceOf(NodeReported.class);
        }
    }
}
