package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Three nodes of which one has a model's file, and not the one where it would fit best: nobody
/// tries the others, nobody leaves for it there, and a file that comes or goes counts at once.
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FilesTest {
    @TempDir private static Path dir;
    private static GpuNode tight;
    private static GpuNode middle;
    private static GpuNode right;
    private static Program cortex;
    private static Operator operator;

    @BeforeAll
    static void start() throws Exception {
        tight = new GpuNode("tight", dir, "8000", 15_000);
        middle = new GpuNode("middle", dir, "9000", 17_100);
        right = new GpuNode("right", dir, "10000", 19_200);
        Files.writeString(right.models().resolve("tiny.gguf"), "weights");
        String models =
                Gateways.model("tiny", 6000, 1, "")
                        + "path = \"tiny.gguf\"\n"
                        + Gateways.model("late", 3000, 1, "")
                        + "path = \"late.gguf\"\n"
                        + Gateways.model("neighbour", 6500, 1, "");
        List<GpuNode> nodes = List.of(tight, middle, right);
        cortex = Gateways.start(dir, nodes, "", Gateways.QUICK, models);
        operator = new Operator(dir, cortex.readyUrl(0));
        Stack.until("all nodes told of files", () -> told("tight", "tiny").equals("absent"));
        Stack.until("all nodes told of files", () -> told("right", "tiny").equals("present"));
        Stack.until("all nodes told of files", () -> told("middle", "tiny").equals("absent"));
    }

    @AfterAll
    static void stop() {
        cortex.close();
        tight.close();
        middle.close();
        right.close();
    }

    /// What a node has told of a model's files.
    private static String told(String node, String model) {
        for (JsonNode each : operator.fleet().path("nodes")) {
            for (JsonNode files : each.path("files")) {
                if (each.path("name").asString("").equals(node)
                        && files.path("id").asString("").equals(model)) {
                    return files.path("state").asString("");
                }
            }
        }
        return "nothing";
    }

    @Test
    void theNodeWithTheFileIsTheFirstAndNobodyLeavesElsewhere() throws Exception {
        assertThat(operator.asks("neighbour")).isEqualTo(200);
        assertThat(operator.replicas()).contains("neighbour on tight: loaded");
        for (int i = 0; i < 3; i++) {
            assertThat(operator.asks("tiny")).isEqualTo(200);
            assertThat(operator.replicas())
                    .contains("tiny on right: loaded", "neighbour on tight: loaded");
            assertThat(operator.runs("unload", "tiny").exit()).isZero();
            Stack.until("tiny is gone", () -> operator.status("tiny").equals("unloaded"));
        }
        assertThat(tight.log() + middle.log()).doesNotContain("loading tiny");
        assertThat(operator.runs("why", "tiny").text())
                .contains("lacks tiny.gguf (not in " + tight.models().toRealPath() + ")");
        assertThat(operator.runs("load", "tiny", "tight").text()).contains("lacks tiny.gguf");
        assertThat(operator.replicas()).contains("neighbour on tight: loaded");
    }

    @Test
    void aFileThatComesMakesAPlaceAndOneThatGoesTakesItAway() throws Exception {
        HttpResponse<String> refused = operator.answer("late");
        assertThat(refused.statusCode()).isEqualTo(503);
        JsonNode error = Json.MAPPER.readTree(refused.body()).path("error");
        assertThat(error.path("message").asString(""))
                .isEqualTo("No node can serve 'late' now: its files are missing.");
        assertThat(refused.body()).doesNotContain("late.gguf", "tight", dir.toString());
        assertThat(operator.status("late")).isEqualTo("failed");
        assertThat(operator.runs("status").text())
                .contains("late on ", "no load is tried: lacks late.gguf");

        Path file = Files.writeString(middle.models().resolve("late.gguf"), "weights");
        Stack.until("the file is seen", () -> told("middle", "late").equals("present"));
        assertThat(operator.status("late")).isEqualTo("unloaded");
        assertThat(operator.asks("late")).isEqualTo(200);
        assertThat(operator.replicas()).contains("late on middle: loaded");

        Files.delete(file);
        Stack.until("it is missed", () -> told("middle", "late").equals("absent"));
        assertThat(operator.asks("late")).as("what is loaded serves on").isEqualTo(200);
        assertThat(operator.runs("unload", "late").exit()).isZero();
        Stack.until("late is gone", () -> operator.status("late").equals("failed"));
        assertThat(operator.answer("late").statusCode()).isEqualTo(503);
    }
}
