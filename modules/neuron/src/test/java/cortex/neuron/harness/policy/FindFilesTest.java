package cortex.neuron.harness.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.engine.HarnessKind;
import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a node tells of the files that a profile names.
class FindFilesTest {
    private static final int MIB = 1 << 20;

    @TempDir Path dir;
    private Path models;
    private Path cache;

    @BeforeEach
    void places() throws IOException {
        models = Files.createDirectories(dir.resolve("models")).toRealPath();
        cache = Files.createDirectories(dir.resolve("cache")).toRealPath();
        file(models.resolve("a.gguf"), 1);
        file(dir.resolve("outside.gguf"), 1);
    }

    private static void file(Path file, int bytes) throws IOException {
        Path folder = file.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.write(file, new byte[bytes]);
    }

    private ModelFiles find(String harness, LoadRequest request, String... sources) {
        var rules =
                new LoadPolicy.Rules(
                        new ModelDirs(List.of(models)), new Sources(List.of(sources)), 8);
        Map<String, String> environment =
                Map.of("HF_HUB_CACHE", cache.toString(), "HOME", dir.toString());
        return new LoadPolicy(harness, List.of(), rules)
                .find(request, Caches.of(HarnessKind.of(harness), environment));
    }

    private ModelFiles llama(@Nullable String path, @Nullable String mmproj, String... args) {
        return find("llamacpp", request("llamacpp", path, null, mmproj, args));
    }

    private ModelFiles source(String harness, String source) {
        return find(harness, request(harness, null, source, null), "hf:*");
    }

    private static LoadRequest request(
            String harness,
            @Nullable String path,
            @Nullable String source,
            @Nullable String mmproj,
            String... args) {
        return new LoadRequest(
                "m",
                harness,
                null,
                null,
                List.of(),
                null,
                new EngineOptions(
                        new EngineOptions.Origin(path, source),
                        null,
                        null,
                        null,
                        List.of(),
                        mmproj,
                        List.of(args)));
    }

    @Test
    void aFileIsThereByItsAbsoluteOrItsRelativePath() throws IOException {
        file(models.resolve("a.gguf"), MIB + 1);
        ModelFiles absolute = llama(models.resolve("a.gguf").toString(), null);
        assertThat(absolute.state()).isEqualTo(State.PRESENT);
        assertThat(absolute.sizeMb()).isEqualTo(2);
        assertThat(llama("a.gguf", null)).isEqualTo(absolute);
        file(models.resolve("a.gguf"), 3);
        assertThat(llama("a.gguf", null).stamp()).isNotEqualTo(absolute.stamp());
    }

    @Test
    void whatIsMissingIsNamedWithWhereItWasLookedFor() {
        String path = models.resolve("b.gguf").toString();
        assertThat(llama(path, null))
                .isEqualTo(ModelFiles.lacking("m", State.ABSENT, path, "no such file"));
        assertThat(llama("b.gguf", null).text()).isEqualTo("lacks b.gguf (not in " + models + ")");
        String outside = dir.resolve("outside.gguf").toString();
        assertThat(llama(outside, null).text())
                .isEqualTo(
                        "lacks "
                                + outside
                                + " (it is not a file below model_dirs: "
                                + models
                                + ")");
    }

    @Test
    void everyFileThatIsNamedCounts() throws IOException {
        assertThat(llama("a.gguf", "p.gguf").file()).isEqualTo("p.gguf");
        file(models.resolve("p.gguf"), 1);
        assertThat(llama("a.gguf", "p.gguf").lacks()).isFalse();
        assertThat(llama("a.gguf", null, "--lora", "x.gguf,a.gguf").file()).isEqualTo("x.gguf");
        assertThat(llama("a.gguf", null, "--chat-template-file", "t.jinja").file())
                .isEqualTo("t.jinja");
        assertThat(llama("a.gguf", null, "--model-draft", "a.gguf", "-ngl", "9").lacks()).isFalse();
    }

    @Test
    void everyPartOfASplitModelMustBeThere() throws IOException {
        file(models.resolve("s-00001-of-00003.gguf"), MIB);
        file(models.resolve("s-00002-of-00003.gguf"), MIB);
        assertThat(llama("s-00001-of-00003.gguf", null).text())
                .isEqualTo("lacks s-00001-of-00003.gguf (s-00003-of-00003.gguf: no such file)");
        file(models.resolve("s-00003-of-00003.gguf"), MIB);
        assertThat(llama("s-00001-of-00003.gguf", null).sizeMb()).isEqualTo(3);
    }

    @Test
    void aDirectoryNeedsThePartsThatItsIndexNames() throws IOException {
        Path whole = models.resolve("whole");
        file(whole.resolve("model-1.safetensors"), MIB);
        Files.writeString(
                whole.resolve("model.safetensors.index.json"),
                """
                {"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}
                """);
        LoadRequest request = request("mistralrs", "whole", null, null);
        assertThat(find("mistralrs", request).text())
                .isEqualTo("lacks whole (model-2.safetensors: no such file)");
        file(whole.resolve("model-2.safetensors"), MIB);
        assertThat(find("mistralrs", request).state()).isEqualTo(State.PRESENT);
    }

    @Test
    void whatALoadWouldBeRefusedForOtherwiseIsNoMatterOfFiles() {
        assertThat(llama("a.gguf", null, "--no-such-flag").state()).isEqualTo(State.UNKNOWN);
        assertThat(find("demo", request("demo", null, null, null)).state())
                .isEqualTo(State.PRESENT);
    }

    @Test
    void aRepositoryIsLookedForInTheCacheOfHuggingFace() throws IOException {
        Path kept = cache.resolve("models--org--name");
        assertThat(source("llamacpp", "hf:org/name").state()).isEqualTo(State.DOWNLOADABLE);
        assertThat(source("llamacpp", "hf:org/name").freeMb()).isNotNull();

        file(kept.resolve("blobs/1234"), 2 * MIB);
        Path snapshot = Files.createDirectories(kept.resolve("snapshots/abc"));
        Files.createDirectories(kept.resolve("refs"));
        Files.writeString(kept.resolve("refs/main"), "abc");
        Files.createSymbolicLink(snapshot.resolve("name-Q4_K_M.gguf"), Path.of("../../blobs/1234"));
        assertThat(source("llamacpp", "hf:org/name").sizeMb()).isEqualTo(2);
        assertThat(source("llamacpp", "hf:org/name:q4_k_m").sizeMb()).isEqualTo(2);
        assertThat(source("llamacpp", "hf:org/name:Q8_0").state()).isEqualTo(State.DOWNLOADABLE);

        Files.delete(kept.resolve("blobs/1234"));
        assertThat(source("llamacpp", "hf:org/name").state()).isEqualTo(State.DOWNLOADABLE);
    }

    @Test
    void aRepositoryIsLookedForInTheCacheOfLlamaCpp() throws IOException {
        file(dir.resolve(".cache/llama.cpp/org_name_x-Q8_0.gguf"), MIB);
        assertThat(source("llamacpp", "hf:org/name:Q8_0").state()).isEqualTo(State.PRESENT);
        assertThat(source("mistralrs", "hf:org/name").state()).isEqualTo(State.DOWNLOADABLE);
        var own = Caches.of(HarnessKind.LLAMACPP, Map.of("LLAMA_CACHE", "/c", "HF_HOME", "/h"));
        assertThat(own.hub()).isEqualTo(Path.of("/c"));
    }

    @Test
    void whereNothingMayBeDownloadedARepositoryMustBeThere() throws IOException {
        var rules =
                new LoadPolicy.Rules(
                        new ModelDirs(List.of()), new Sources(List.of("hf:*")), false, 8);
        LoadPolicy policy = new LoadPolicy("llamacpp", List.of(), rules);
        Caches caches = Caches.of(HarnessKind.LLAMACPP, Map.of("HF_HUB_CACHE", cache.toString()));
        LoadRequest request = request("llamacpp", null, "hf:org/name", null);
        assertThat(policy.find(request, caches).text())
                .isEqualTo("lacks hf:org/name (not in " + cache + ", and download = false)");
        assertThatThrownBy(() -> policy.checkDownload(request, caches))
                .hasMessageContaining("download = false");
        assertThat(policy.downloads(request)).isFalse();

        file(cache.resolve("models--org--name/snapshots/abc/x-Q4_K_M.gguf"), 1);
        policy.checkDownload(request, caches);
        assertThat(policy.find(request, caches).state()).isEqualTo(State.PRESENT);
    }

    @Test
    void whatIsOnItsWayIsCounted() throws IOException {
        Caches caches = Caches.of(HarnessKind.LLAMACPP, Map.of("HF_HUB_CACHE", cache.toString()));
        assertThat(caches.partialMb("hf:org/name:Q8_0")).isZero();
        file(cache.resolve("models--org--name/blobs/12.incomplete"), 2 * MIB);
        file(cache.resolve("models--org--name/blobs/34"), MIB);
        assertThat(caches.partialMb("hf:org/name:Q8_0")).isEqualTo(2);
    }

    @Test
    void aRepositoryThatSourcesDoNotAllowIsNotThere() {
        LoadRequest request = request("llamacpp", null, "hf:org/name", null);
        assertThat(find("llamacpp", request, "!hf:org/*").text())
                .isEqualTo("lacks hf:org/name (this node's sources do not allow it)");
    }
}
