package cortex.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.time.SystemTime;
import cortex.pki.Pki;
import cortex.relay.http.ErrorBody;
import cortex.relay.http.HttpServers;
import cortex.relay.http.RunningServer;
import cortex.relay.http.ServerSettings;
import cortex.relay.pump.EngineClients;
import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import cortex.relay.tls.PemFiles;
import cortex.relay.tls.ReloadingTls;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EngineLostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// The neuron's port lets in nobody who shows another authority's certificate.
    @Test
    void aNodeWhoseTlsFailsIsNoEngineThatBrokeOff(@TempDir Path dir) throws Exception {
        Pki fleet = new Pki(dir, "fleet");
        PemFiles neuron = files(fleet.issue("neuron", "EC"), dir);
        PemFiles stranger = files(new Pki(dir, "other").issue("stranger", "EC"), dir);
        AtomicInteger reached = new AtomicInteger();
        try (RunningServer server =
                        HttpServers.start(
                                ServerSettings.of(new HostPort("127.0.0.1", 0))
                                        .withDrainGrace(Duration.ZERO),
                                ErrorBody.openAi(),
                                new SystemTime(),
                                new ReloadingTls(neuron, new SystemTime()),
                                routes ->
                                        routes.any((_, response) -> {
                                            reached.incrementAndGet();
                                            response.send("in");
                                        }));
                HttpClient client =
                        EngineClients.create(
                                PATIENCE, new ReloadingTls(stranger, new SystemTime()).context());
                Exchange exchange =
                        Exchange.send(
                                client,
                                HttpRequest.newBuilder(
                                                URI.create("https://" + server.address() + "/x"))
                                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                        .build())) {
            EngineException ended =
                    catchThrowableOfType(EngineException.class, () -> exchange.await(PATIENCE));
            EngineLost lost = EngineLost.of(ended, "slow", PATIENCE);
            Failure failure = lost.failure();
            assertThat(failure.outcome()).isEqualTo("node_tls");
            assertThat(failure.message())
                    .contains("'slow'", "its TLS failed")
                    .doesNotContain("broke off");
            assertThat(failure.told()).contains("refuses this gateway's certificate");
            assertThat(
                            RetryPolicy.next(
                                    new FailedTry.Lost(lost.kind(), failure),
                                    RetryPolicy.Tries.NONE,
                                    new RetryPolicy.Client(false, true, true)))
                    .isEqualTo(RetryPolicy.Next.WAIT_FOR_REPLICA);
            assertThat(reached).hasValue(0);
        }
    }

    private static PemFiles files(Pki.Issued issued, Path dir) {
        return new PemFiles(issued.certificate(), issued.key(), dir.resolve("fleet.pem"));
    }
}
