package cortex.neuron.harness.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.engine.HarnessKind;
import cortex.core.failure.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which arguments a load may bring: what gives away the host is refused in every spelling, what
/// tunes an engine passes.
class ArgumentPolicyTest {
    @TempDir Path dir;
    private Path models;

    @BeforeEach
    void models() throws IOException {
        models = Files.createDirectories(dir.resolve("models")).toRealPath();
        for (String name : List.of("a.gguf", "b.gguf", "t.jinja", "c,d.gguf")) {
            Files.writeString(models.resolve(name), "x");
        }
        Files.writeString(dir.resolve("outside"), "x");
    }

    private ArgumentPolicy policy(String harness, String... allowed) {
        return new ArgumentPolicy(
                HarnessKind.of(harness),
                List.of(allowed),
                LoadPolicy.checked(
                        new LoadPolicy.Rules(
                                new ModelDirs(List.of(models)),
                                new Sources(List.of("hf:*", "!hf:evil/*")),
                                8)));
    }

    private void assertRefused(String harness, String... arguments) {
        assertThatThrownBy(() -> policy(harness).check(List.of(arguments)))
                .as(String.join(" ", arguments))
                .isInstanceOf(FailureException.class)
                .hasMessageMatching("(?s).*(refused|must be).*");
    }

    static Stream<String> givingAwayALlamaServersHost() {
        return Stream.of(
                """
                --mcp-servers-json --mcp-servers-config --tools --tools-runtime --agent -ag
                --log-file --log-prompts-dir --slot-save-path --mmproj-url -mmu --model-url -mu
                -hf -hfr --hf-repo -hff --hf-file -hft --hf-token -dr --docker-repo --ui --webui
                --no-ui --path --media-path --host --port --rpc --ui-mcp-proxy --webui-mcp-proxy
                --api-key --api-key-file --ssl-key-file --ssl-cert-file --api-prefix -m --model
                -a --alias --offline --models-dir --models-preset --lookup-cache-dynamic -lcd
                --ui-config-file --video-ffmpeg-dir --cors-origins --verbose -v -lv
                --fim-qwen-7b-default --props --sleep-idle-seconds --reuse-port --prompt-cache
                --log-disable
                """
                        .strip()
                        .split("\\s+", -1));
    }

    static Stream<String> givingAwayAMistralRsHost() {
        return Stream.of(
                """
                --mcp-config --agent --agentic --enable-code-execution --enable-shell
                --enable-search --shell-path --skills-dir --code-exec-python --log -l
                --tool-dispatch-url --token-source --hf-cache --host --port -p --mcp-port
                --no-ui -m --model-id -f --quantized-file -v --agent-permission --sandbox -p9000
                -l/tmp/x -vvl
                """
                        .strip()
                        .split("\\s+", -1));
    }

    static Stream<String> tuningALlamaServer() {
        return Stream.of(
                """
                -fa, -fa on, --flash-attn auto, -ctk q8_0 -ctv q8_0, -b 4096 -ub 1024,
                -t 16 -tb 32, -ot \\.ffn_.*_exps\\.=CPU, --override-tensor blk\\..*=CUDA1,
                --n-cpu-moe 20, -ncmoe 20, -np 4, --rope-scaling yarn --rope-scale 4,
                --rope-freq-base 1e6, --yarn-orig-ctx 32768,
                --temp 0.6 --top-k 20 --top-p 0.95, --min-p 0, --jinja, --no-jinja,
                --reasoning-format deepseek, --reasoning off, --reasoning-budget -1,
                --chat-template chatml, --cache-ram 0, -cram 8192, --mlock, --no-mmap,
                -sm row, -mg 0, --swa-full, -ngl 99, -ngl -1, -dev CUDA0,CUDA1, -ts 3,1,
                -kvu, --no-warmup, --embeddings --pooling mean, --rerank, --cache-reuse 256,
                --numa distribute, --spec-type draft-mtp,
                --draft-max 16 --draft-min 1 --draft-p-min 0.75, -ngld all,
                --override-kv a.b=int:3, -hfd ggml-org/small-GGUF:Q8_0, --seed -1,
                -lm mmap+mlock, -C 0xff -Cr 0-7, --sse-ping-interval 5, --logit-bias 15043-1,
                --samplers penalties;dry;top_k, --ctx-checkpoints 8, --mmproj-offload,
                --image-max-tokens 1024, -cb, --control-vector-layer-range 10 20,
                --context-shift, --prio 2, --poll 50
                """
                        .strip()
                        .split(",\\s+", -1));
    }

    static Stream<String> tuningMistralRs() {
        return Stream.of(
                """
                --max-seqs 8, --paged-attn off, --pa-memory-fraction 0.8,
                --pa-cache-type f8e4m3, --isq q4k, --quant 4, --dtype bf16, -a llama,
                -n 0:10;1:20, --prefix-cache-n 0, --no-kv-cache, --mtp, --enable-lora,
                --lora-max-bytes 2GB, --max-num-images 4, --tok-model-id org/base,
                --disable-access-log, --xlora org/adapter
                """
                        .strip()
                        .split(",\\s+", -1));
    }

    /// Every spelling that llama.cpp or clap might take a flag under.
    private static List<List<String>> spellings(String flag, String value) {
        List<List<String>> all = new ArrayList<>();
        String underscored = flag.replaceFirst("^--?", "").replace('-', '_');
        String dashes = flag.startsWith("--") ? "--" : "-";
        for (String name : new LinkedHashSet<>(List.of(flag, dashes + underscored))) {
            all.add(List.of(name, value));
            all.add(List.of(name + "=" + value));
            all.add(List.of("-fa", "on", name, value));
            all.add(List.of("--temp", "1", name + "=" + value));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("givingAwayALlamaServersHost")
    void whatGivesAwayALlamaServersHostIsRefusedInEverySpelling(String flag) {
        for (String value : List.of("1", "/etc/passwd", "all", "http://evil.example/x", "--temp")) {
            for (List<String> arguments : spellings(flag, value)) {
                assertRefused("llamacpp", arguments.toArray(String[]::new));
                assertRefused("demo", arguments.toArray(String[]::new));
            }
        }
        assertRefused("llamacpp", flag);
    }

    @ParameterizedTest
    @MethodSource("givingAwayAMistralRsHost")
    void whatGivesAwayAMistralRsHostIsRefusedInEverySpelling(String flag) {
        for (List<String> arguments : spellings(flag, "/etc/passwd")) {
            assertRefused("mistralrs", arguments.toArray(String[]::new));
        }
        assertRefused("mistralrs", flag);
    }

    @Test
    void whatCameInTheAttackIsRefused() {
        assertRefused(
                "llamacpp",
                "--mcp-servers-json",
                "{\"mcpServers\":{\"x\":{\"command\":\"/bin/sh\",\"args\":[\"-c\",\"id\"]}}}");
        assertRefused("llamacpp", "--tools", "all", "--host", "0.0.0.0");
        assertRefused("llamacpp", "--mmproj", "/home/gpu/.ssh/authorized_keys");
        assertRefused("llamacpp", "--chat-template-file", "/etc/passwd");
        assertRefused("llamacpp", "-hf", "evil/weights");
    }

    @ParameterizedTest
    @MethodSource("tuningALlamaServer")
    void whatTunesALlamaServerPasses(String line) {
        List<String> arguments = List.of(line.split(" ", -1));
        assertThat(policy("llamacpp").check(arguments)).isEqualTo(arguments);
        assertThat(policy("demo").check(arguments)).isEqualTo(arguments);
    }

    @Test
    void textsPassAsTheyAre() {
        List<String> arguments =
                List.of(
                        "--chat-template-kwargs",
                        "{\"enable_thinking\": false}",
                        "--grammar",
                        "a ::= b");

        assertThat(policy("llamacpp").check(arguments)).isEqualTo(arguments);
    }

    @ParameterizedTest
    @MethodSource("tuningMistralRs")
    void whatTunesMistralRsPasses(String line) {
        List<String> arguments = List.of(line.split(" ", -1));
        assertThat(policy("mistralrs").check(arguments)).isEqualTo(arguments);
    }

    @Test
    void spellingsBecomeOne() {
        assertThat(policy("llamacpp").check(List.of("--cache_type_k=q8_0", "--no_mmap", "-t=4")))
                .containsExactly("--cache-type-k", "q8_0", "--no-mmap", "-t", "4");
        assertThat(policy("mistralrs").check(List.of("--seed=-1", "--max_seqs=2")))
                .containsExactly("--seed=-1", "--max-seqs", "2");
    }

    @Test
    void aValueIsNeverAFlagAndABareWordIsNothing() {
        assertRefused("llamacpp", "--chat-template-kwargs", "--tools");
        assertRefused("llamacpp", "-ot", "--log-file");
        assertRefused("llamacpp", "--reasoning-budget-message=--tools");
        assertRefused("llamacpp", "--temp", "0.5", "all");
        assertRefused("llamacpp", "--mlock", "yes");
        assertRefused("llamacpp", "--mlock=yes");
        assertRefused("llamacpp", "");
        assertRefused("llamacpp", "--");
        assertRefused("llamacpp", "-");
        assertRefused("llamacpp", "-c");
        assertRefused("llamacpp", "-c", "many");
        assertRefused("llamacpp", "--control-vector-layer-range", "1");
        assertRefused("llamacpp", "--chat-template", "{{ x }}");
        assertRefused("llamacpp", "-ctk", "/etc/passwd");
        assertRefused("llamacpp", "--nonsense");
        assertRefused("mistralrs", "embedding");
        assertRefused("mistralrs", "-vn", "1");
    }

    @Test
    void pathsAreResolvedAndLieBelowTheModelDirs() throws IOException {
        Path link = Files.createSymbolicLink(models.resolve("link.gguf"), models.resolve("a.gguf"));
        Files.createSymbolicLink(models.resolve("out.gguf"), dir.resolve("outside"));
        String a = models.resolve("a.gguf").toString();
        String b = models.resolve("b.gguf").toString();

        assertThat(policy("llamacpp").check(List.of("-md", "a.gguf", "--lora=" + a + "," + b)))
                .containsExactly("-md", a, "--lora", a + "," + b);
        assertThat(policy("llamacpp").check(List.of("--lora-scaled", a + ":0.5," + b + ":-1")))
                .containsExactly("--lora-scaled", a + ":0.5," + b + ":-1");
        assertThat(policy("llamacpp").check(List.of("--lora-scaled", a, "0.5")))
                .containsExactly("--lora-scaled", a, "0.5");
        assertThat(policy("llamacpp").check(List.of("--chat-template-file", "t.jinja")))
                .containsExactly("--chat-template-file", models.resolve("t.jinja").toString());
        assertThat(policy("mistralrs").check(List.of("--lora", "x=" + a, "--mmproj", a + ";" + b)))
                .containsExactly("--lora", "x=" + a, "--mmproj", a + ";" + b);
        assertThat(link).exists();
        for (String bad :
                List.of(
                        "out.gguf",
                        "../outside",
                        dir.resolve("outside").toString(),
                        models + "/../outside",
                        "/etc/passwd",
                        "/proc/self/environ",
                        "/dev/zero",
                        "gone.gguf",
                        "a\0b")) {
            assertRefused("llamacpp", "-md", bad);
            assertRefused("llamacpp", "--lora", a + "," + bad);
            assertRefused("llamacpp", "--lora-scaled", a + ":1," + bad + ":1");
            assertRefused("llamacpp", "--control-vector", bad);
            assertRefused("mistralrs", "-j", bad);
            assertRefused("mistralrs", "--mmproj", a + ";" + bad);
            if (bad.startsWith("/")) {
                assertRefused("mistralrs", "--xlora", bad);
                assertRefused("mistralrs", "--lora", "x=" + bad);
            }
        }
        assertRefused("mistralrs", "--xlora", "evil/adapter");
        assertRefused("mistralrs", "--lora", "{\"name\":\"x\",\"source\":\"/etc\"}");
        assertRefused("llamacpp", "-hfd", "evil/draft");
        assertRefused("mistralrs", "--lora", "x=" + models.resolve("c,d.gguf"));
    }

    @Test
    void theOperatorMayAllowMoreAndNeverWhatTheNeuronSets() {
        List<String> log = List.of("--log-file", "/var/log/x", "-fa", "on");

        assertThat(policy("llamacpp", "--log-file").check(log)).isEqualTo(log);
        assertThat(policy("llamacpp", "--log_file").check(log)).isEqualTo(log);
        assertThat(policy("llamacpp", "--new-flag").check(List.of("--new-flag", "a", "b")))
                .containsExactly("--new-flag", "a", "b");
        assertThat(policy("llamacpp", "-lcd").check(List.of("--lookup-cache-dynamic=x")))
                .containsExactly("--lookup-cache-dynamic", "x");
        assertThatThrownBy(() -> policy("llamacpp", "--host").check(List.of("--host", "0.0.0.0")))
                .hasMessageContaining("only the neuron sets it");
        assertThatThrownBy(() -> policy("llamacpp", "--log-file").check(List.of("--tools", "all")))
                .hasMessageContaining("allow_args");
        assertThatThrownBy(() ->
                        policy("llamacpp", "--log-file")
                                .check(List.of("--log-file", "--tools", "all")))
                .hasMessageContaining("--tools");
    }

    @Test
    void noSecondFlagComesWithAnAllowedOne() {
        for (String argument :
                List.of("--verbose=--agent", "--verbose=-md", "--verbose=--", "--verbose=-")) {
            assertThatThrownBy(() ->
                            policy("llamacpp", "--verbose").check(List.of(argument, "--mlock")))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining("begins with '-'");
            assertThatThrownBy(() -> policy("mistralrs", "--verbose").check(List.of(argument)))
                    .isInstanceOf(FailureException.class);
        }
        assertThat(policy("llamacpp", "--verbose").check(List.of("--verbose=-1")))
                .containsExactly("--verbose", "-1");
    }

    @Test
    void aRefusalSaysWhatToChange() {
        assertThatThrownBy(() -> policy("llamacpp").check(List.of("--log_file=/x")))
                .hasMessage(
                        "The argument --log-file is refused: it writes files. To let loads set it,"
                                + " add \"--log-file\" to allow_args of [[harnesses]] name ="
                                + " \"llamacpp\" in this node's neuron.toml.");
    }

    @Test
    void severalWordsInOneAreToBeWrittenApart() {
        assertThatThrownBy(() -> policy("llamacpp").check(List.of("--embeddings --pooling cls")))
                .hasMessageContaining("\"--embeddings\", \"--pooling\", \"cls\".")
                .hasMessageNotContaining("allow_args");
        assertThatThrownBy(() -> policy("llamacpp").check(List.of("--no-such-flag")))
                .hasMessageContaining("Check its spelling. If the engine knows it, to let loads");
    }

    @Test
    void aSlipOfThePenIsToldFromAFlagThatHasToBeAllowed() {
        assertThatThrownBy(() -> policy("llamacpp").check(List.of("--treads", "2")))
                .hasMessageContaining(
                        "tuning flag of llamacpp. Did you mean --threads? If not, to let loads")
                .hasMessageContaining("add \"--treads\" to allow_args");
        assertThatThrownBy(() -> policy("llamacpp", "--my-flag").check(List.of("--my-flg")))
                .hasMessageContaining("Did you mean --my-flag?");
        for (String far : List.of("-zz", "--x", "--prot", "--quite-another-thing")) {
            assertThatThrownBy(() -> policy("llamacpp").check(List.of(far)))
                    .as(far)
                    .hasMessageContaining("add \"" + far + "\" to allow_args")
                    .hasMessageNotContaining("--port?");
        }
        assertThatThrownBy(() -> policy("llamacpp").check(List.of("-zz")))
                .hasMessageNotContaining("Did you mean");
    }

    @Test
    void longListsAreRefused() {
        assertThatThrownBy(() ->
                        policy("llamacpp").check(java.util.Collections.nCopies(257, "--mlock")))
                .hasMessageContaining("at most 256");
    }

    @Test
    void noFlagIsBothAllowedAndRefused() {
        FlagTable both = FlagTable.of(LlamaCppFlags.allowing(), LlamaCppFlags.refusing());
        FlagTable other = FlagTable.of(LlamaCppFlags.refusing(), LlamaCppFlags.allowing());

        for (String name : both.names()) {
            assertThat(both.named(name)).as(name).isEqualTo(other.named(name));
        }
        assertThat(both.names()).hasSizeGreaterThan(400);
    }
}
