package cortex.attack;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.attack.Target.Setup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that lie, beside one that does not: the gateway serves from the honest one all the time,
/// and ends when it is told to.
class BadNodesTest {
    /// Keeps the honest node busy, so that the other is asked first.
    private static String busy(String model) {
        return """
        {"model":"%s","stream":true,"max_tokens":400,
        "messages":[{"role":"user","content":"[[tokens 300]] [[speed 20]] a long one"}]}
        """
                .formatted(model);
    }

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

    /// It says of every request that it ended the engine; its reports say otherwise.
    @Test
    void aLieAboutDeathsShutsNobodyOut(@TempDir Path dir) throws Exception {
        try (BadNode bad = new BadNode();
                Target target = Target.start(dir, Setup.USUAL.withBad(Map.of("bad", bad)))) {
            assertThat(target.chat(Target.ALICE, Target.MODEL, "warm").statusCode()).isEqualTo(200);
            byte[] died =
                    ("{\"error\":{\"message\":\"the engine exited with code 1\","
                                    + "\"code\":\"engine_died\",\"in_flight\":1}}")
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            bad.answer("/engines", new BadNode.Answer(502, "application/json", died, false));
            bad.answer(
                    "/models/" + Target.MODEL + "/endpoint",
                    BadNode.Answer.json(
                            "{\"url\":\"%s/engines/r\",\"engine_model\":\"x\",\"replica\":\"r-%s\"}"
                                    .formatted(bad.url(), Target.MODEL)));
            bad.answer("/models", BadNode.Answer.json("[" + model(Target.MODEL, "") + "]"));
            Target.until(
                    "both nodes have the model",
                    () -> {
                        String fleet = target.get(Target.OPERATOR, "/admin/fleet").body();
                        String node =
                                "\"model\":\"%s\",\"node\":\"bad\",\"status\":\"loaded\""
                                        .formatted(Target.MODEL);
                        return fleet.replaceAll("\\s", "").contains(node);
                    });
            Thread busy =
                    Thread.ofVirtual()
                            .start(() ->
                                    target.post(
                                            Target.OPERATOR,
                                            "/v1/chat/completions",
                                            busy(Target.MODEL)));
            Target.until("the honest node is busy", () -> target.isBusy(Target.MODEL));
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String who = i % 2 == 0 ? Target.ALICE : Target.BOB;
                answers.add(target.chat(who, Target.MODEL, "hello " + i).statusCode());
                long told = bad.reports();
                Target.until("it reports again", () -> bad.reports() > told);
            }
            assertThat(answers).containsOnly(200, 502);
            assertThat(answers).contains(502);
            assertThat(answers.subList(20, 40)).filteredOn(s -> s == 200).hasSizeGreaterThan(10);
            busy.join();
            ends(target);
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

    @Test
    void endlessAnswersEndNothing(@TempDir Path dir) throws IOException, InterruptedException {
        Setup setup =
                Setup.USUAL
                        .withHeap("256m")
                        .withModels(Target.model("evil", 64, "\"--speed\", \"100\""));
        try (BadNode bad = new BadNode();
                Target target = Target.start(dir, setup.withBad(Map.of("bad", bad)))) {
            bad.answer("/models", BadNode.Answer.json("[" + model("evil", "") + "]"));
            bad.answer(
                    "/engines",
                    BadNode.Answer.stream(delta("content", "A".repeat(60_000)), 20_000));
            bad.answer(
                    "/models/evil/endpoint",
                    BadNode.Answer.json(
                            """
                            {"url":"%s/engines/r-evil","engine_model":"x","replica":"r-evil"}
                            """
                                    .formatted(bad.url())));
            String messages =
                    "{\"model\":\"evil\",\"max_tokens\":9,"
                            + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
            String response = "{\"model\":\"evil\",\"input\":\"hi\",\"stream\":true}";
            String chat = messages.replace("\"max_tokens\":9", "\"stream\":true");
            Target.until(
                    "the bad node's model is known",
                    () -> said(target, "/v1/messages", messages).contains("max_answer"));
            refusedAndOthersServed(target, "/v1/messages", messages);
            refusedAndOthersServed(target, "/v1/responses", response);
            bad.answer("/engines", BadNode.Answer.stream("data: " + "A".repeat(60_000), 20_000));
            refusedAndOthersServed(target, "/v1/messages", messages);
            bad.answer("/engines", BadNode.Answer.stream("A".repeat(60_000), 20_000));
            refusedAndOthersServed(target, "/v1/chat/completions", chat);
            assertThat(target.cortexProgram().log()).doesNotContain("OutOfMemoryError");
            ends(target);
        }
    }

    private static String delta(String field, String text) {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"%s\":\"%s\"}}]}\n\n"
                .formatted(field, text);
    }

    private static void refusedAndOthersServed(Target target, String path, String ask)
            throws InterruptedException {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> asking = Collections.nCopies(6, () -> said(target, path, ask));
            for (Future<String> answer : clients.invokeAll(asking)) {
                assertThat(answer.resultNow()).isNotEmpty();
            }
        }
        assertThat(target.chat(Target.ALICE, Target.MODEL, "hi").statusCode()).isEqualTo(200);
        assertThat(target.cortexProgram().handle().isAlive()).isTrue();
    }

    /// The answer's end; a stream that breaks off after its error event is one too.
    private static String said(Target target, String path, String ask) {
        try {
            String body = target.post(Target.BOB, path, ask).body();
            return body.substring(Math.max(0, body.length() - 2000));
        } catch (UncheckedIOException e) {
            return "cut";
        }
    }

    /// TERM ends it within the drain's two seconds and ten more.
    private static void ends(Target target) throws InterruptedException {
        target.cortexProgram().terminate();
        target.cortexProgram().awaitExit(Duration.ofSeconds(12));
    }
}
