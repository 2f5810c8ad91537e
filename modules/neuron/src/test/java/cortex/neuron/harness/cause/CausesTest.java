package cortex.neuron.harness.cause;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The line that says why, found in what engines really print; see the README beside those.
class CausesTest {
    private static List<String> output(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(CausesTest.class.getResourceAsStream(name + ".txt"), name)) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    missing   | FILE_MISSING | gguf_init_from_file: failed to open GGUF file '/nope/a.gguf' (No such file or directory)
                    shard     | FILE_MISSING | gguf_init_from_file: failed to open GGUF file 'shard-00002-of-00002.gguf' (No such file or directory)
                    misnamed  | FILE_MISSING | llama_model_load: error loading model: invalid split file name: misnamed.gguf
                    mmproj    | FILE_MISSING | gguf_init_from_file: failed to open GGUF file '/nope/mm.gguf' (No such file or directory)
                    mmbad     | FILE_DAMAGED | gguf_init_from_reader: invalid magic characters: 'd6]N', expected 'GGUF'
                    corrupt   | FILE_DAMAGED | gguf_init_from_reader: invalid magic characters: 'd6]N', expected 'GGUF'
                    truncated | FILE_DAMAGED | llama_model_load: error loading model: tensor 'blk.0.ffn_gate.weight' data is not within the file bounds, model is corrupted or incomplete
                    header    | FILE_DAMAGED | gguf_init_from_reader: failed to read key-value pairs
                    empty     | FILE_DAMAGED | gguf_init_from_reader: failed to read magic
                    nokey     | FILE_DAMAGED | llama_model_load: error loading model: error loading model hyperparameters: key not found in model: llama.block_count
                    pretok    | OTHER        | llama_model_load: error loading model: error loading model vocabulary: cannot find tokenizer merges in model file
                    badflag   | ARGUMENT     | error: invalid argument: --no-such-flag
                    novalue   | ARGUMENT     | error: expected value for argument: -c
                    arch      | ARCHITECTURE | llama_model_load: error loading model: unknown model architecture: 'xlama'
                    quant     | QUANTISATION | gguf_init_from_reader: tensor 'token_embd.weight' has invalid ggml type 99. should be in [0, 43)
                    port      | PORT_TAKEN   | srv         start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 9812
                    """)
    void ofLlamaServer(String name, Kind kind, String line) throws IOException {
        assertThat(LlamaCppCauses.RULES.find(output("llamacpp/" + name), true))
                .isEqualTo(new FailureCause(kind, line.replace("\"\"", "\"")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    cuda/memory  | OUT_OF_MEMORY | ggml_backend_cuda_buffer_type_alloc_buffer: allocating 144817.04 MiB on device 0: cudaMalloc failed: out of memory
                    cuda/kv      | OUT_OF_MEMORY | ggml_backend_cuda_buffer_type_alloc_buffer: allocating 13285.50 MiB on device 0: cudaMalloc failed: out of memory
                    cuda/driver  | DRIVER        | ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version
                    cuda/kernel  | DRIVER        | CUDA error: no kernel image is available for execution on the device
                    cuda/library | DRIVER        | /opt/llama/llama-server: error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory
                    cuda/illegal | OTHER         | CUDA error: an illegal memory access was encountered
                    flags/value  | ARGUMENT      | error while handling argument "-c": stoi
                    flags/device | ARGUMENT      | error while handling argument "--device": invalid device: CUDA7
                    """)
    void ofLlamaServerByItsSources(String name, Kind kind, String line) throws IOException {
        assertThat(LlamaCppCauses.RULES.find(output("llamacpp-" + name), true))
                .isEqualTo(new FailureCause(kind, line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    flag         | ARGUMENT      | error: unexpected argument '--no-ui' found
                    value        | ARGUMENT      | error: invalid value 'many' for '--max-seqs <MAX_SEQS>': invalid digit found in string
                    missing      | FILE_MISSING  | Error: Auto loader could not determine model type: missing `config.json` and no diffusion/speech markers found in `/models/none`
                    architecture | ARCHITECTURE  | Error: Unknown GGUF architecture `xlama`
                    memory       | OUT_OF_MEMORY | Error: DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")
                    driver       | DRIVER        | Error: DriverError(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the provided PTX was compiled with an unsupported toolchain.") when loading utanh_bf16
                    port         | PORT_TAKEN    | Error: Address already in use (os error 98)
                    unknown      | OTHER         | Error: shape mismatch in matmul, lhs: [1, 8], rhs: [9, 1]
                    """)
    void ofMistralRs(String name, Kind kind, String line) throws IOException {
        assertThat(MistralRsCauses.RULES.find(output("mistralrs/" + name), true))
                .isEqualTo(new FailureCause(kind, line));
    }

    @Test
    void nothingIsInvented() {
        List<String> lines =
                List.of(
                        "srv          init: loading model",
                        "something nobody foresaw",
                        "main: exiting due to model loading error");
        assertThat(LlamaCppCauses.RULES.find(lines, true))
                .isEqualTo(new FailureCause(Kind.OTHER, "something nobody foresaw"));
        assertThat(LlamaCppCauses.RULES.find(lines, false)).isEqualTo(FailureCause.UNKNOWN);
        assertThat(LlamaCppCauses.RULES.find(lines.subList(0, 1), true))
                .isEqualTo(FailureCause.UNKNOWN);
        assertThat(CauseRules.NONE.find(List.of("first", "last", "---"), true))
                .isEqualTo(new FailureCause(Kind.OTHER, "last"));
        assertThat(DemoCauses.RULES.find(List.of(), true)).isEqualTo(FailureCause.UNKNOWN);
    }
}
