package cortex.neuron.harness.policy;

/// The flags of `mistralrs serve`: all that version 0.9.2 (August 2026, mistralrs-cli/src/args)
/// knows. What is not in here is refused like what is marked so.
final class MistralRsFlags {
    private static final String TUNING =
            """
            number   --seed
            number   --max-seqs
            number   --max-seq-len
            number   --max-batch-size
            number   --max-num-batched-tokens
            number   --max-decode-steps-before-prefill
            switch   --no-kv-cache
            number   --prefix-cache-n
            path     -c --chat-template
            path     -j --jinja-explicit
            path     --matformer-config-path
            word     --matformer-slice-name
            switch   --mtp
            model    --mtp-model
            number   --mtp-n-predict
            path     -t --tokenizer
            word     -a --arch
            word     --dtype
            paths    --mmproj
            model    --tok-model-id
            number   --gqa
            switch   --enable-lora
            named_model --lora --lora-modules
            number   --lora-max-adapters
            number   --lora-max-rank --max-lora-rank
            word     --lora-max-bytes
            model    --legacy-lora
            path     --legacy-lora-order
            model    --xlora
            path     --xlora-order
            number   --tgt-non-granular-index
            word     --quant
            word     --isq
            word     --from-uqff
            word     --isq-organization
            path     --imatrix
            path     --calibration-file
            word     -n --device-layers
            path     --topology
            number   --max-edge
            number   --max-num-images
            number   --max-image-length
            word     --paged-attn
            number   --pa-context-len
            number   --pa-memory-mb
            number   --pa-memory-fraction
            number   --pa-block-size
            word     --pa-cache-type
            switch   --disable-access-log
            word     --access-log-format
            switch   --access-log-health
            switch   --disable-request-id-header
            switch   --disable-metrics
            """;

    private static final String MANAGED =
            """
            managed  -p --port --host --mcp-port : the engine listens where only the neuron reaches it
            managed  --no-ui : an engine has no pages
            managed  -m --model-id -f --quantized-file --format : it is the profile's path or source
            managed  --cpu : it is set for a model without devices
            """;

    private static final String REFUSED =
            """
            refused  --mcp-config : it starts programs
            refused  --agent --agentic --enable-code-execution --enable-shell : it runs commands
            refused  --enable-search --search-embedding-model : it fetches from any address
            refused  --code-exec-python --code-exec-timeout --code-exec-workdir : it runs commands
            refused  --shell-path --shell-timeout --shell-workdir --skills-dir : it runs commands
            refused  --agent-permission --code-exec-permission : it runs commands
            refused  --sandbox --sandbox-profile --sandbox-network : it runs commands
            refused  --sb-max-memory-mb --sb-max-cpu-secs --sb-max-procs : it runs commands
            refused  --max-tool-rounds : tools are off anyway
            refused  --tool-dispatch-url : it sends what models say to any address
            refused  -l --log : it writes prompts to a file
            refused  --token-source : a key belongs into env, as HF_TOKEN
            refused  --hf-cache : it writes files; HF_HUB_CACHE in env moves the cache
            refused  -v --verbose : it logs prompts
            refused  -h --help -V --version : it does not serve
            """;

    static final FlagTable TABLE = FlagTable.of(TUNING, MANAGED, REFUSED);

    private MistralRsFlags() {}

    /// All lines.
    static String lines() {
        return TUNING + MANAGED + REFUSED;
    }
}
