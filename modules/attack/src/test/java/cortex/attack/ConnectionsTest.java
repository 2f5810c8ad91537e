package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What may be done to both programs before any key is looked at: connections held for nothing,
/// heads without an end, headers that are no text.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConnectionsTest {
    private static final int CONNECTIONS = 64;

    private Target target;
    private int neuron;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException, InterruptedException {
        target =
                Target.start(
                        dir,
                        Setup.USUAL
                                .withHeap("256m")
                                .withGateway("max_connections = " + CONNECTIONS));
        neuron = URI.create(target.neuron()).getPort();
        assertThat(target.chat(Target.ALICE, Target.MODEL, "warm").statusCode()).isEqualTo(200);
    }

    @AfterAll
    void stop() {
        target.close();
    }

    @Test
    void idleConnectionsGiveWay() throws IOException {
        List<Raw> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * CONNECTIONS; i++) {
                idle.add(new Raw(target.port()));
            }
            for (int i = 0; i < 5; i++) {
                String answer =
                        Raw.exchange(
                                target.port(),
                                """
                                GET /health HTTP/1.1\r
                                Host: 127.0.0.1\r
                                Connection: close\r
                                \r
                                """);
                assertThat(answer).startsWith("HTTP/1.1 200");
            }
        } finally {
            for (Raw raw : idle) {
                raw.close();
            }
        }
    }

    @Test
    void headsWithoutAnEndCostWhatTheyWeigh() throws IOException {
        List<Raw> open = new ArrayList<>();
        try {
            String head = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nx-pad: " + "x".repeat(15_000);
            for (int i = 0; i < 600; i++) {
                Raw raw = new Raw(i % 2 == 0 ? target.port() : neuron);
                raw.say(head);
                open.add(raw);
            }
            assertThat(target.chat(Target.ALICE, Target.MODEL, "me too").statusCode())
                    .isEqualTo(200);
        } finally {
            for (Raw raw : open) {
                raw.close();
            }
        }
        assertThat(target.cortexProgram().handle().isAlive()).isTrue();
        assertThat(target.neuronProgram().handle().isAlive()).isTrue();
    }

    /// Three hundred announcements of a mebibyte each, and not a byte of them.
    @Test
    void theDoorTakesRoomAsBytesCome() throws IOException {
        List<Raw> open = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                Raw raw = new Raw(neuron);
                raw.say(
                        "POST /engines/x/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                + "Authorization: Bearer "
                                + Target.FLEET
                                + "\r\nContent-Type: application/json\r\nContent-Length: 1048576"
                                + "\r\n\r\n{");
                open.add(raw);
            }
            assertThat(target.chat(Target.ALICE, Target.MODEL, "me too").statusCode())
                    .isEqualTo(200);
        } finally {
            for (Raw raw : open) {
                raw.close();
            }
        }
        assertThat(target.neuronProgram().handle().isAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"traceparent", "tracestate", "accept", "x-request-id", "user-agent"})
    void headersThatAreNoTextAreNobodysFault(String header) throws IOException {
        String body =
                "{\"model\":\"good\",\"max_tokens\":1,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        try (Raw raw = new Raw(target.port())) {
            raw.say(
                    "POST /v1/chat/completions HTTP/1.1\r\n"
                            + "Host: 127.0.0.1\r\n"
                            + "Authorization: Bearer "
                            + Target.ALICE
                            + "\r\nContent-Type: application/json\r\n"
                            + header
                            + ": \u0080\u00ff\u00fe\r\nContent-Length: "
                            + body.length()
                            + "\r\n\r\n"
                            + body);
            assertThat(raw.hear(Duration.ofSeconds(2))).matches("(?s)HTTP/1.1 (200|400).*");
        }
        assertThat(target.cortexProgram().log())
                .doesNotContain("failed unexpectedly")
                .doesNotContain("\tat ");
    }
}
