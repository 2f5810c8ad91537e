package cortex.relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.config.HostPort;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.time.SystemTime;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A client that is refused and leaves without its answer is nothing to warn of.
@Timeout(60)
class GoneClientsTest {
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore goOn = new Semaphore(0);

    @Test
    void aClientThatLeavesWithoutItsRefusalLeavesNoLine() throws Exception {
        try (Warnings warnings = new Warnings()) {
            try (RunningServer server =
                    HttpServers.start(
                            ServerSettings.of(new HostPort("127.0.0.1", 0))
                                    .withDrainGrace(Duration.ofSeconds(20)),
                            ErrorBody.openAi(),
                            new SystemTime(),
                            routes ->
                                    routes.addFilter(
                                                    (chain, request, _) -> {
                                                        if (request.path()
                                                                .path()
                                                                .equals("/guarded")) {
                                                            refuse();
                                                        }
                                                        chain.proceed();
                                                    })
                                            .get("/routed", (_, _) -> refuse()))) {
                for (String path : new String[] {"/guarded", "/routed"}) {
                    RawClient client = new RawClient(server.address());
                    client.send(("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").repeat(5));
                    begun.acquire();
                    client.reset();
                    goOn.release();
                }
                goOn.release(100);
            }
            assertThat(warnings.lines()).isEmpty();
        }
    }

    private void refuse() {
        begun.release();
        goOn.acquireUninterruptibly();
        throw new FailureException(new Failure.Forbidden("Not you."));
    }
}
