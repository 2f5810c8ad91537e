package cortex.relay.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.relay.pump.EngineException;
import cortex.relay.pump.Exchange;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Streams whose head, last words and torn end come together: what was said is read before the end
/// is.
class TornStreamTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String LAST_WORDS = "data: {\"error\":{\"code\":502}}\n\n";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void whatAStreamSaidBeforeItBrokeOffIsRead() throws Exception {
        try (ScriptedEngine engine = new ScriptedEngine()) {
            for (int i = 0; i < 300; i++) {
                HttpRequest request = HttpRequest.newBuilder(engine.url()).build();
                try (Exchange exchange = Exchange.send(client, request)) {
                    try (var connection = engine.next()) {
                        connection.readRequest();
                        connection.send(ScriptedEngine.STREAM + ScriptedEngine.chunk(LAST_WORDS));
                    }
                    var answer = Objects.requireNonNull(exchange.await(LONG), "round " + i);
                    assertThat(answer.statusCode()).isEqualTo(200);
                    byte[] said = answer.body().beginning(LAST_WORDS.length(), LONG);
                    assertThat(new String(said, StandardCharsets.UTF_8)).isEqualTo(LAST_WORDS);
                    assertBroken(() -> answer.body().poll(new byte[10], LONG));
                }
            }
        }
    }

    @Test
    void aTornHeadIsStillNoAnswer() throws Exception {
        try (ScriptedEngine engine = new ScriptedEngine()) {
            HttpRequest request = HttpRequest.newBuilder(engine.url()).build();
            try (Exchange exchange = Exchange.send(client, request)) {
                try (var connection = engine.next()) {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Ty");
                }
                assertBroken(() -> exchange.await(LONG));
            }
        }
    }

    private static void assertBroken(ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.BROKEN));
    }
}
