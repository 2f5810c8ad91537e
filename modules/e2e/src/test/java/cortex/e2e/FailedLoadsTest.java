package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Two nodes whose engines cannot be started, each for another reason, and one that is right: what
/// clients and operators are told.
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FailedLoadsTest {
    @TempDir private static Path dir;
    private static GpuNode wrong;
    private static GpuNode full;
    private static GpuNode right;
    private static Program cortex;
    private static Operator operator;

    @BeforeAll
    static void start() throws Exception {
        wrong = new GpuNode("wrong", dir, "8000", 15_000, "\"--speed\", \"much\"");
        full = new GpuNode("full", dir, "9000", 17_100, "\"--load-fails\"");
        right = new GpuNode("right", dir, "10000", 19_200);
        String models =
                Gateways.model("tiny", 3000, 1, "")
                        + Gateways.model("bad", 3000, 1, "\"--load-time\", \"soon\"");
        List<GpuNode> nodes = List.of(wrong, full, right);
        cortex = Gateways.start(dir, nodes, "", Gateways.QUICK, models);
        operator = new Operator(dir, cortex.readyUrl(0));
    }

    @AfterAll
    static void stop() {
        cortex.close();
        wrong.close();
        full.close();
        right.close();
    }

    @Test
    void theRightNodeIsFoundAndNobodyHearsOfTheOthersButWhoAsks() throws Exception {
        assertThat(operator.asks("tiny")).isEqualTo(200);
        assertThat(operator.runs("status").text())
                .contains("tiny   right  loaded")
                .doesNotContain("tiny on wrong", "tiny on full");
        assertThat(operator.runs("why", "tiny").text())
                .containsPattern("loading failed on wrong \\d+ s ago: error: ")
                .containsPattern("loading failed on full \\d+ s ago: .*out of memory")
                .contains("cortex load tiny wrong tries at once")
                .contains("the engine's log: cortex logs tiny wrong");
        assertThat(operator.runs("logs", "tiny", "wrong").text()).contains("error: ");
        assertThat(operator.status("tiny")).isEqualTo("loaded");
    }

    @Test
    void whatFailsEverywhereIsToldWithAllReasonsUntilANodeStartsAnew() throws Exception {
        HttpResponse<String> refused = operator.answer("bad");
        assertThat(refused.statusCode()).isEqualTo(503);
        JsonNode error = Json.MAPPER.readTree(refused.body()).path("error");
        assertThat(error.path("code").asString("")).isEqualTo("model_load_failed");
        assertThat(error.path("message").asString(""))
                .isEqualTo("The model 'bad' could not be loaded: the engine ended (code 1).");
        assertThat(error.path("request_id").asString(""))
                .isEqualTo(refused.headers().firstValue("x-request-id").orElseThrow());
        assertThat(refused.body()).doesNotContain("right", dir.toString());

        assertThat(operator.status("bad")).isEqualTo("failed");
        assertThat(operator.answer("bad").statusCode()).as("not tried again").isEqualTo(503);
        assertThat(operator.fleet().path("replicas"))
                .filteredOn(replica -> replica.path("model").asString("").equals("bad"))
                .hasSize(3)
                .allMatch(replica -> replica.at("/failure/times").asInt(0) == 1);
        assertThat(operator.runs("status").text()).contains("loading failed: error: ");

        right.kill();
        right.startAgain();
        Stack.until("it has not failed there", () -> operator.status("bad").equals("unloaded"));
        assertThat(operator.replicas())
                .contains("bad on wrong: failed", "bad on full: failed")
                .doesNotContain("bad on right: failed");
    }
}
