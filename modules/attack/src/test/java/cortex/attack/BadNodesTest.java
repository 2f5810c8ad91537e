package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that lie, beside one that does not: the gateway serves from the honest one all the time,
/// and ends when it is told to.
class BadNodesTest {
    private static String model(String id, String more) {
        return "{\"id\":\""
                + id
                + "\",\"harness\":\"demo\",\"status\":\"loaded\",\"devices\":[],\"replica\":\"r-"
                + id
                + "\",\"engine_model\":\"x\",\"in_flight\":0,\"slots\":1"
                + more
                + "}";
    }

    @Test
    void manyModelsAreCountedAndNotAdopted(@TempDir Path dir) throws Exception {
        try (BadNode bad = new BadNode();
                Target target = Target.start(dir, Setup.USUAL.withBad(Map.of("bad", bad)))) {
            StringBuilder models = new StringBuilder("[");
            for (int i = 0; i < 60_000; i++) {
                models.append(i == 0 ? "" : ",").append(model("m" + i, ""));
            }
            bad.answer("/models", BadNode.Answer.json(models + "]"));
            bad.answer("/engines", BadNode.Answer.json("{}"));
            Target.until(
                    "the node is found out",
                    () -> {
                        String fleet = target.get(Target.OPERATOR, "/admin/fleet").body();
                        assertThat(target.chat(Target.ALICE, Target.MODEL, "hello").statusCode())
                                .isEqualTo(200);
                        return fleet.replaceAll("\\s", "").contains("\"healthy\":false");
                    });
            String log = target.cortexProgram().log();
            assertThat(log.lines().count()).isLessThan(200);
            ends(target);
        }
    }

    @Test
    void aLieAboutMemoryIsNotBelieved(@TempDir Path dir) throws Exception {
        String state = "[placement]\nstate_file = \"state.json\"";
        try (BadNode bad = new BadNode();
                Target target =
                        Target.start(
                                dir, Setup.USUAL.withTables(state).withBad(Map.of("bad", bad)))) {
            bad.answer(
                    "/models",
                    BadNode.Answer.json(
                            "["
                                    + model(
                                            Target.MODEL,
                                            ",\"vram_used_mb\":9000000000,"
                                                    + "\"peak_used_mb\":9000000000")
                                    + "]"));
            Target.until(
                    "the node is heard",
                    () -> target.get(Target.OPERATOR, "/admin/fleet").body().contains("\"bad\""));
            bad.answer("/models", BadNode.Answer.json("[]"));
            Target.until(
                    "the model is served by the honest node",
                    () -> target.chat(Target.ALICE, Target.MODEL, "hi").statusCode() == 200);
            ends(target);
            Path kept = dir.resolve("state.json");
            if (java.nio.file.Files.exists(kept)) {
                assertThat(java.nio.file.Files.readString(kept)).doesNotContain("9000000000");
            }
        }
    }

    @Test
    void endlessReportsHoldNothing(@TempDir Path dir) throws IOException, InterruptedException {
        try (BadNode bad = new BadNode();
                Target target = Target.start(dir, Setup.USUAL.withBad(Map.of("bad", bad)))) {
            byte[] deep =
                    "[".repeat(4_000_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            for (String path : java.util.List.of("/models", "/health", "/discovery")) {
                bad.answer(path, new BadNode.Answer(200, "application/json", deep, true));
                for (int i = 0; i < 5; i++) {
                    assertThat(target.chat(Target.ALICE, Target.MODEL, "hi").statusCode())
                            .isEqualTo(200);
                }
            }
            ends(target);
        }
    }

    /// TERM ends it within the drain's two seconds and ten more.
    private static void ends(Target target) throws InterruptedException {
        target.cortexProgram().terminate();
        target.cortexProgram().awaitExit(Duration.ofSeconds(12));
    }
}
