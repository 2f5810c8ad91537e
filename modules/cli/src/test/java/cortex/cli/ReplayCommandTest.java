package cortex.cli;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.Console.Result;
import cortex.core.node.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ReplayCommandTest {
    @TempDir private Path dir;

    private Result replay(String... more) {
        String[] args = new String[more.length + 7];
        args[0] = "simulate";
        args[1] = "--trace";
        args[2] = dir.resolve("trace").toString();
        args[3] = "--fleet";
        args[4] = dir.resolve("fleet.toml").toString();
        args[5] = "--models";
        args[6] = dir.resolve("models.toml").toString();
        System.arraycopy(more, 0, args, 7, more.length);
        return Console.run("", Map.of(), args);
    }

    @BeforeEach
    void write() throws IOException {
        Files.writeString(
                dir.resolve("trace"),
                """
                {"at": 10, "model": "a", "secs": 2}
                {"at": 100, "model": "b", "secs": 2}
                {"at": 200, "model": "a", "secs": 2}
                """);
        Files.writeString(
                dir.resolve("fleet.toml"),
                """
                [[nodes]]
                name = "one"
                devices_mb = [24000]
                start_ms = 1000
                load_mb_per_sec = 1000
                """);
        Files.writeString(
                dir.resolve("models.toml"),
                """
                [[models]]
                id = "a"
                harness = "llamacpp"
                vram_mb = 20000
                [[models]]
                id = "b"
                harness = "llamacpp"
                vram_mb = 9000
                """);
    }

    @Test
    void everyStrategyIsPutBesideTheClairvoyantRule() {
        Result result = replay();
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out().lines().map(line -> line.split(" ", 2)[0]))
                .containsExactly("STRATEGY", "lru", "priority", "cost", "clairvoyant");
        assertThat(result.out().lines().skip(1)).allMatch(line -> line.contains("1.00"));
    }

    @Test
    void figuresComeAsJson() {
        Result result = replay("--strategy", "cost", "--json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode first = Json.MAPPER.readTree(result.out()).path("outcomes").path(0);
        assertThat(first.path("strategy").asString()).isEqualTo("cost");
        assertThat(first.path("requests").asInt()).isEqualTo(3);
        assertThat(first.path("loads").asInt()).isEqualTo(3);
        assertThat(first.path("cold_start_secs").asDouble()).isEqualTo(52);
    }

    @Test
    void aMadeUpTraceCanBeKept() {
        Path kept = dir.resolve("kept");
        Result result =
                Console.run(
                        "",
                        Map.of(),
                        "simulate",
                        "--generate",
                        "bursts",
                        "--seed",
                        "2",
                        "--write",
                        kept.toString());
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(kept).content().startsWith("{\"at\":").contains("\"model\":\"model");
    }

    @Test
    void whatMakesNoSenseIsToldInASentence() throws IOException {
        assertThat(replay("--strategy", "best").err())
                .contains("there is no strategy 'best'; there are lru, priority, cost.");
        assertThat(replay("--generate", "steady").err()).contains("--trace or --generate");
        Files.writeString(dir.resolve("trace"), "{\"at\": 1, \"model\": \"zzz\", \"secs\": 1}");
        assertThat(replay().err()).contains("asks for 'zzz', which is not in the catalogue.");
        Files.writeString(dir.resolve("fleet.toml"), "[[nodes]]\nnaem = \"one\"\n");
        assertThat(replay().err()).contains("Did you mean 'name'?");
        Files.delete(dir.resolve("trace"));
        assertThat(replay().code()).isEqualTo(1);
    }
}
