package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `cortex verify` as an operator runs it, against a model that the gateway really serves.
@Tag(Engines.TAG)
@ExtendWith(SharedStack.class)
class VerifyTest {
    @TempDir static Path dir;
    private static Stack stack;

    @BeforeAll
    static void start(Stack shared) {
        stack = shared;
    }

    @Test
    void everythingThatTheModelShowsIsAsClientsRelyOn() throws Exception {
        JsonNode report = verified("sees");
        assertThat(failures(report)).isEmpty();
        assertThat(report.path("passed").asBoolean(false)).isTrue();
        List<String> shown = new ArrayList<>();
        for (JsonNode check : report.path("checks")) {
            if (check.path("result").asString("").equals("pass")) {
                String dialect = check.path("dialect").asString("");
                shown.add(dialect + " " + check.path("check").asString(""));
            }
        }
        assertThat(shown)
                .contains(
                        "chat whole answer",
                        "chat stream",
                        "chat usage",
                        "chat length limit",
                        "chat tool round trip",
                        "chat cancel frees the slot",
                        "completions stream",
                        "messages stream",
                        "messages tool round trip",
                        "messages cancel frees the slot",
                        "messages context overflow",
                        "messages count_tokens");
        if (stack.engines().demo()) {
            for (String dialect : List.of("chat", "messages", "responses")) {
                assertThat(shown).contains(dialect + " parallel tools", dialect + " vision");
            }
        }
    }

    private static List<String> failures(JsonNode report) {
        List<String> failed = new ArrayList<>();
        for (JsonNode check : report.path("checks")) {
            if (check.path("result").asString("").equals("fail")) {
                failed.add(check.toString());
            }
        }
        return failed;
    }

    private static JsonNode verified(String model) throws InterruptedException {
        List<String> command = List.of("verify", model, "--json", "--url", stack.api());
        try (Program program =
                Program.start("cortex", dir, command, Map.of("CORTEX_API_KEY", Stack.KEY))) {
            program.awaitExit(Duration.ofMinutes(3));
            return Json.MAPPER.readTree(program.awaitLine("\"checks\"", Duration.ofSeconds(30)));
        }
    }
}
