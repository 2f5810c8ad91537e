package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// No header of a client is a fault of the gateway, whatever bytes are in it: each one that means
/// something here gets some that do not, always the same ones. `-Dcortex.fuzz=N` sends more.
@Timeout(300)
class HeaderFuzzTest {
    private static final int ROUNDS = Integer.getInteger("cortex.fuzz", 8);

    private static final List<String> NAMES =
            List.of(
                    "traceparent",
                    "tracestate",
                    "accept",
                    "accept-encoding",
                    "accept-language",
                    "authorization",
                    "content-type",
                    "content-encoding",
                    "cookie",
                    "expect",
                    "forwarded",
                    "origin",
                    "range",
                    "referer",
                    "sec-fetch-site",
                    "te",
                    "upgrade",
                    "user-agent",
                    "via",
                    "x-api-key",
                    "x-conversation-id",
                    "x-forwarded-for",
                    "x-request-id",
                    "x-session-id",
                    "anthropic-version",
                    "anthropic-beta");

    private static final List<String> PIECES =
            List.of(
                    "\u0080",
                    "\u00ff",
                    "\t",
                    "\u0001",
                    "\u007f",
                    ",",
                    ";q=",
                    "=",
                    "\"",
                    "%ff",
                    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    "a=1",
                    "https://",
                    "[::1]:",
                    "-",
                    "99999999999");

    @Test
    void areNeverAFaultOfTheGateway() throws Exception {
        try (Bench bench = new Bench(Bench.TIMING)) {
            bench.engine.script = (request, wire) -> wire.json(200, "{}");
            Random random = new Random(17);
            for (int i = 0; i < ROUNDS; i++) {
                for (String name : NAMES) {
                    String value = value(random);
                    String answer = answer(bench, name, value);
                    assertThat(answer)
                            .as(name + ": " + value)
                            .containsPattern("^HTTP/1.1 (200|4\\d\\d) ");
                }
            }
        }
    }

    private static String answer(Bench bench, String name, String value) throws Exception {
        String body = "{\"model\":\"tiny\",\"messages\":[]}";
        String head =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: "
                        + body.length()
                        + "\r\n"
                        + name
                        + ": "
                        + value
                        + "\r\n\r\n";
        try (RawClient client = new RawClient(bench.gateway.api().port())) {
            client.send((head + body).getBytes(StandardCharsets.ISO_8859_1));
            return client.until("\r\n");
        }
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            value.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return value.toString();
    }
}
