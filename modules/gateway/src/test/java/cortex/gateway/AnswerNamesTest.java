package cortex.gateway;

import static cortex.gateway.RelayTest.ASK;
import static cortex.gateway.RelayTest.ASK_STREAM;
import static cortex.gateway.RelayTest.DONE;
import static cortex.gateway.RelayTest.HI;
import static cortex.gateway.RelayTest.STOP;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// An engine may call its model by a path of its host; clients read the name that they know.
class AnswerNamesTest {
    private static final String PATH = "/srv/models/secret-dir";
    private static final String NAMED = "data: {\"model\":\"" + PATH + "\",\"choices\":[]}\n\n";

    private static Bench bench(String whole) {
        Bench bench = new Bench();
        bench.fleet.engineModel = PATH;
        bench.engine.script =
                (request, wire) -> {
                    if (request.body().contains("\"stream\":true")) {
                        wire.stream(NAMED + HI, STOP + NAMED + DONE);
                    } else {
                        wire.json(200, whole);
                    }
                };
        return bench;
    }

    @Test
    void streamedAndWhole() throws Exception {
        String whole = "{\"object\":\"chat.completion\",\"model\":\"" + PATH + "\",\"choices\":[]}";
        try (Bench bench = bench(whole)) {
            assertThat(bench.post("/v1/chat/completions", ASK).body())
                    .isEqualTo(whole.replace(PATH, "tiny"));
            assertThat(bench.post("/v1/chat/completions", ASK_STREAM).body())
                    .isEqualTo((NAMED + HI + STOP + NAMED + DONE).replace(PATH, "tiny"));
            assertThat(bench.engine.requests.getFirst().body()).contains(PATH);
        }
    }

    @Test
    void aLongAnswerThatIsPassedOnAsItComes() throws Exception {
        String numbers = "0.125,".repeat(100_000);
        String whole = "{\"data\":[" + numbers + "1],\"model\":\"" + PATH + "\",\"usage\":{}}";
        try (Bench bench = bench(whole)) {
            HttpResponse<String> answer =
                    bench.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"x\"}");
            assertThat(answer.body()).isEqualTo(whole.replace(PATH, "tiny"));
        }
    }
}
