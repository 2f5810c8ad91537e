package cortex.neuron.harness.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a load may name: files, repositories, and whatever else comes into a command line.
class LoadPolicyTest {
    @TempDir Path dir;
    private Path models;

    @BeforeEach
    void models() throws IOException {
        models = Files.createDirectories(dir.resolve("models")).toRealPath();
        Files.writeString(models.resolve("a.gguf"), "x");
        Files.writeString(dir.resolve("outside.gguf"), "x");
    }

    private LoadPolicy policy(String... sources) {
        return new LoadPolicy(
                "llamacpp",
                List.of(),
                new LoadPolicy.Rules(
                        new ModelDirs(List.of(models)), new Sources(List.of(sources)), 8));
    }

    private static LoadRequest of(String id, @Nullable String quant, EngineOptions options) {
        return new LoadRequest(id, "llamacpp", quant, null, List.of(), null, options);
    }

    private static LoadRequest path(@Nullable String path, @Nullable String mmproj) {
        return of(
                "m",
                null,
                new EngineOptions(
                        new EngineOptions.Origin(path, null),
                        null,
                        null,
                        null,
                        List.of(),
                        mmproj,
                        List.of()));
    }

    private static LoadRequest source(String source) {
        return of(
                "m",
                null,
                new EngineOptions(
                        new EngineOptions.Origin(null, source),
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of()));
    }

    private static void assertRefused(LoadPolicy policy, LoadRequest request, String why) {
        assertThatThrownBy(() -> policy.admit(request))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure().status()).isBetween(400, 499))
                .hasMessageContaining(why);
    }

    @Test
    void aFileIsOpenedWhereItReallyIs() throws IOException {
        Files.createSymbolicLink(models.resolve("link.gguf"), Path.of("a.gguf"));
        Files.createSymbolicLink(dir.resolve("elsewhere"), models);
        String a = models.resolve("a.gguf").toString();

        for (String written :
                List.of(a, "a.gguf", dir + "/elsewhere/a.gguf", models + "/../models/a.gguf")) {
            assertThat(policy().admit(path(written, written)).options())
                    .extracting(options -> options.origin().path(), EngineOptions::mmproj)
                    .containsExactly(a, a);
        }
        assertThat(policy().admit(path("link.gguf", null)).options().origin().path()).isEqualTo(a);
    }

    @Test
    void whatIsNotBelowTheModelDirsIsRefused() throws IOException {
        Files.createSymbolicLink(models.resolve("out.gguf"), dir.resolve("outside.gguf"));
        Files.createSymbolicLink(models.resolve("up"), dir);
        for (String bad :
                List.of(
                        "/etc/passwd",
                        "/etc",
                        "/",
                        "/dev/zero",
                        "/proc/self/environ",
                        dir.resolve("outside.gguf").toString(),
                        "out.gguf",
                        "up/outside.gguf",
                        "../outside.gguf",
                        models + "x",
                        "gone.gguf",
                        "--log-file")) {
            assertRefused(policy(), path(bad, null), "model_dirs");
            assertRefused(policy(), path("a.gguf", bad), "model_dirs");
        }
        for (String blank : List.of("", " ")) {
            assertRefused(policy(), path(blank, null), "'path' must be the path of a file");
            assertRefused(policy(), path("a.gguf", blank), "'mmproj' must be the path of a file");
        }
    }

    @Test
    void whichLoadsMayDownloadIsKnown() {
        LoadPolicy some = policy("hf:*");
        assertThat(some.downloads(some.admit(source("hf:org/m")))).isTrue();
        assertThat(some.downloads(some.admit(path("a.gguf", null)))).isFalse();
        assertThat(some.downloads(some.admit(draft("-md", "a.gguf")))).isFalse();
        assertThat(some.downloads(some.admit(draft("-hfd", "org/draft")))).isTrue();
        assertThat(policy().downloads(some.admit(source("hf:org/m")))).isFalse();
    }

    private static LoadRequest draft(String flag, String value) {
        List<String> args = List.of("-fa", "on", flag, value);
        return of(
                "m",
                null,
                new EngineOptions(
                        new EngineOptions.Origin("a.gguf", null),
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        args));
    }

    @Test
    void withoutModelDirsNoPathIsTaken() {
        LoadPolicy none = new LoadPolicy("llamacpp", List.of(), LoadPolicy.Rules.DEFAULT);
        assertRefused(none, path("/m/a.gguf", null), "this node has no model_dirs");
        LoadPolicy gone =
                new LoadPolicy(
                        "llamacpp",
                        List.of(),
                        new LoadPolicy.Rules(
                                new ModelDirs(List.of(dir.resolve("not/there"))),
                                new Sources(List.of()),
                                8));
        assertRefused(gone, path("a.gguf", null), "it is not a file below model_dirs");
    }

    @Test
    void everyPartOfAModelLiesThere() throws IOException {
        for (String part : List.of("m-00001-of-00003.gguf", "m-00002-of-00003.gguf")) {
            Files.writeString(models.resolve(part), "x");
        }
        assertThat(policy().admit(path("m-00001-of-00003.gguf", null)).options().origin().path())
                .endsWith("m-00001-of-00003.gguf");
        Files.createSymbolicLink(
                models.resolve("m-00003-of-00003.gguf"), dir.resolve("outside.gguf"));
        assertRefused(policy(), path("m-00001-of-00003.gguf", null), "m-00003-of-00003.gguf");
        Files.writeString(models.resolve("n-00001-of-99999.gguf"), "x");
        assertRefused(policy(), path("n-00001-of-99999.gguf", null), "at most 1000");
    }

    @Test
    void aLinkIntoACacheKeepsTheNameThatTellsTheFormat() throws IOException {
        Path blobs = Files.createDirectories(models.resolve("blobs"));
        Path snapshot = Files.createDirectories(models.resolve("snapshots"));
        for (int part = 1; part <= 2; part++) {
            Files.writeString(blobs.resolve("sha" + part), "x");
            Files.createSymbolicLink(
                    snapshot.resolve("m-0000" + part + "-of-00002.gguf"),
                    Path.of("../blobs/sha" + part));
        }
        Path first = snapshot.resolve("m-00001-of-00002.gguf");

        assertThat(policy().admit(path(first.toString(), null)).options().origin().path())
                .isEqualTo(first.toString());
    }

    @Test
    void aDirectoryHoldsNoLinkThatLeadsOut() throws IOException {
        Path model = Files.createDirectories(models.resolve("hf"));
        Files.writeString(model.resolve("config.json"), "{}");
        assertThat(policy().admit(path("hf", null)).options().origin().path())
                .isEqualTo(model.toString());
        Files.createSymbolicLink(model.resolve("tokenizer.json"), Path.of("/etc/passwd"));
        assertRefused(policy(), path("hf", null), "tokenizer.json");
    }

    @Test
    void sourcesAreAllowedByTheLastPatternThatMatches() {
        LoadPolicy policy = policy("hf:*", "!hf:evil/*", "hf:evil/good");
        for (String good :
                List.of("hf:org/a", "org/a", "hf:org/a:Q4_K_M", "gpt2", "hf:evil/good:Q8_0")) {
            assertThat(policy.admit(source(good)).options().origin().source()).isEqualTo(good);
        }
        for (String bad : List.of("hf:evil/x", "hf:Evil/x", "EVIL/x:Q4", "hf:evil/goods")) {
            assertRefused(policy, source(bad), "sources of this node do not allow it");
        }
        assertRefused(policy(), source("hf:org/a"), "Add \"hf:org/a\" to sources");
        assertRefused(
                policy,
                source("hf:evil/x"),
                "Put \"hf:evil/x\" behind \"!hf:evil/*\", which denies it");
        assertRefused(policy("hf:org/*"), of("other/m", null, EngineOptions.NONE), "model_id");
    }

    @Test
    void whatIsNoRepositoryIsNoSource() {
        for (String bad :
                List.of(
                        "--log-file",
                        "-m",
                        "hf:-m",
                        "hf:--tools",
                        "/etc",
                        "hf:/etc",
                        "./x",
                        "hf:../x",
                        "hf:a/..",
                        "hf:a/b/c",
                        "hf:a b/c",
                        "hf:a/b\n--tools",
                        "hf:a/b:--x",
                        "hf:a/b:",
                        "hf:",
                        "",
                        "https://evil.example/x",
                        "file:/etc",
                        "hf:a/b?x",
                        "hf:a/b@x",
                        "hf:a\u202e/b",
                        "hf:a/" + "b".repeat(200),
                        "a\\b",
                        "hf:~/x",
                        "hf:a..b/c")) {
            assertRefused(policy("hf:*"), source(bad), "no repository");
        }
        assertRefused(policy("hf:*"), of("no repository", null, EngineOptions.NONE), "model_id");
    }

    @Test
    void whatComesIntoTheCommandLineHasTheShapeItMustHave() {
        EngineOptions file =
                new EngineOptions(
                        new EngineOptions.Origin("a.gguf", null),
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        List.of());
        for (String id :
                List.of(
                        "-x",
                        "--tools",
                        " ",
                        "a\nb",
                        "a\u0000b",
                        "a\u202eb",
                        " a",
                        "x".repeat(257))) {
            assertRefused(policy(), of(id, null, file), "model_id");
        }
        for (String quant : List.of("--tools", "-q", "", "a b", "../x", "Q4\n", "q".repeat(33))) {
            assertRefused(policy(), of("m", quant, file), "quant");
        }
        for (List<Double> shares :
                List.of(
                        List.of(Double.NaN),
                        List.of(Double.POSITIVE_INFINITY),
                        List.of(-1.0),
                        Collections.nCopies(129, 1.0))) {
            EngineOptions split =
                    new EngineOptions(
                            new EngineOptions.Origin("a.gguf", null),
                            null,
                            null,
                            null,
                            shares,
                            null,
                            List.of());
            assertRefused(policy(), of("m", null, split), "tensor_split");
        }
        EngineOptions many =
                new EngineOptions(
                        new EngineOptions.Origin("a.gguf", null),
                        null,
                        1 << 30,
                        null,
                        List.of(),
                        null,
                        List.of());
        assertRefused(policy(), of("m", null, many), "parallel");
        assertThat(policy().admit(of("org/Modèle-7B v2", "Q4_K_M", file)).modelId())
                .isEqualTo("org/Modèle-7B v2");
    }

    @Test
    void aRefusalIsToldApartByItsCode() {
        assertThatThrownBy(() -> policy().admit(path("/etc/passwd", null)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e ->
                                assertThat(e.failure())
                                        .isInstanceOfSatisfying(
                                                Failure.Unsupported.class,
                                                failure -> {
                                                    assertThat(failure.status()).isEqualTo(422);
                                                    assertThat(failure.code())
                                                            .isEqualTo("load_not_allowed");
                                                }));
        assertThat(Arrays.stream(Kind.values()).map(Kind::words)).doesNotContain("");
    }
}
