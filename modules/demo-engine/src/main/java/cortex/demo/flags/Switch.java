package cortex.demo.flags;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/// The switches of the command line: the demo engine's own, then those it takes as llama-server or
/// mistral.rs does. Each has a line in docs/DEMO-ENGINE.md and in `--help`, from here.
public enum Switch {
    API(
            String.class,
            "--api mistralrs",
            "Plays an engine: `llama` is llama-server (the default), `mistralrs` is mistral.rs."),
    MODELS(
            String.class,
            "--models org/a,org/b",
            "Serves several models under these names; the first is the default."),
    LOAD_TIME(Duration.class, "--load-time 2s", "Takes this long to load a model. Default: `0s`."),
    LOAD_FAILS(Boolean.class, "--load-fails", "Fails halfway through the load."),
    SPEED(
            Double.class,
            "--speed 20",
            "Generates this many tokens a second; `0` is as fast as possible. Default: `50`."),
    VRAM_MB(
            Integer.class,
            "--vram-mb 8000",
            "Holds this many MiB of device memory for each model. Default: `0`."),
    VRAM_DIR(
            Path.class,
            "--vram-dir /tmp/vram",
            "Notes in this folder what it holds. Default: the variable `DEMO_VRAM_DIR`."),
    LEAK_VRAM(
            Duration.class,
            "--leak-vram 300ms",
            "Leaves the memory taken for this time after its end, or `forever`."),
    LEAK_ON_UNLOAD(
            Duration.class,
            "--leak-on-unload forever",
            "Leaves the memory taken for this time after an unload, or `forever`."),
    HELP(Boolean.class, "--help", "Prints the switches and the directives."),

    HOST(
            String.class,
            "--host 127.0.0.1",
            "Listens on this address. Default: `127.0.0.1`, with mistral.rs `0.0.0.0`."),
    PORT(
            Integer.class,
            "--port 8081",
            "Listens on this port; `0` is any. Default: `8080`, with mistral.rs `1234`.",
            "-p"),
    MODEL(
            String.class,
            "--model org/a",
            "Names the model's file or repository; its name too without `--alias`.",
            "-m",
            "--model-id"),
    ALIAS(
            String.class,
            "--alias a,b",
            "Serves under these names; the first in alphabetical order is answered with.",
            "-a"),
    CONTEXT(
            Integer.class,
            "--ctx-size 8192",
            "Sets the tokens of context, which `--parallel` requests share. Default: `8192`, with"
                    + " mistral.rs `32768` for each request.",
            "-c",
            "--max-seq-len"),
    PARALLEL(
            Integer.class,
            "--parallel 2",
            "Answers this many requests at once. Default: `4`, with mistral.rs `32`.",
            "-np",
            "--max-seqs"),
    MMPROJ(String.class, "--mmproj eyes.gguf", "Sees pictures: describes their size and colour."),
    EMBEDDINGS(Boolean.class, "--embeddings", "Answers `/v1/embeddings`.", "--embedding"),
    RERANK(Boolean.class, "--rerank", "Answers `/v1/rerank`.", "--reranking");

    private final Class<?> type;
    private final String example;
    private final String meaning;
    private final String others;

    Switch(Class<?> type, String example, String meaning, String... others) {
        this.type = type;
        this.example = example;
        this.meaning = meaning;
        this.others = String.join(" ", others);
    }

    /// The name it is best known by.
    public String word() {
        return example.split(" ", 2)[0];
    }

    /// The other names it has.
    public List<String> others() {
        return others.isEmpty() ? List.of() : List.of(others.split(" ", -1));
    }

    /// The switch as one may write it.
    public String example() {
        return example;
    }

    /// What it does, in one line of Markdown.
    public String meaning() {
        return meaning;
    }

    OptionSpec option() {
        OptionSpec.Builder option =
                OptionSpec.builder(word(), others().toArray(String[]::new))
                        .type(type)
                        .description(meaning.replace("`", ""));
        if (type == Boolean.class) {
            return option.arity("0").usageHelp(this == HELP).build();
        }
        return option.arity("1").paramLabel(example.substring(word().length() + 1)).build();
    }
}
