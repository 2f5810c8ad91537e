package cortex.neuron.harness.policy;

/// The flags of llama.cpp's `llama-server`: all that build 11549 (October 2026, common/arg.cpp)
/// knows and some that older ones have. What is not in here is refused like what is marked so.
final class LlamaCppFlags {
    private static final String TUNING =
            """
            number   -t --threads
            number   -tb --threads-batch
            word     -C --cpu-mask
            word     -Cr --cpu-range
            number   --cpu-strict
            number   --prio
            number   --poll
            word     -Cb --cpu-mask-batch
            word     -Crb --cpu-range-batch
            number   --cpu-strict-batch
            number   --prio-batch
            number   --poll-batch
            number   -c --ctx-size
            switch   --kv-unified-per-slot
            number   -n --predict --n-predict
            number   -b --batch-size
            number   -ub --ubatch-size
            number   --keep
            switch   --swa-full
            number   -ctxcp --ctx-checkpoints --swa-checkpoints
            number   --checkpoint-min-step
            number   -cram --cache-ram
            switch   -kvu --kv-unified
            switch   -no-kvu --no-kv-unified
            switch   --cache-idle-slots --no-cache-idle-slots
            switch   --context-shift --no-context-shift
            optional -fa --flash-attn
            switch   --perf --no-perf
            switch   -e --escape --no-escape
            switch   -sp --special
            switch   --warmup --no-warmup
            switch   --spm-infill
            word     --samplers
            number   -s --seed
            word     --sampler-seq --sampling-seq
            switch   --ignore-eos
            number   --temp --temperature
            number   --top-k
            number   --top-p
            number   --min-p
            number   --top-nsigma --top-n-sigma
            number   --xtc-probability
            number   --xtc-threshold
            number   --typical --typical-p
            number   --repeat-last-n
            number   --repeat-penalty
            number   --presence-penalty
            number   --frequency-penalty
            number   --dry-multiplier
            number   --dry-base
            number   --dry-allowed-length
            number   --dry-penalty-last-n
            text     --dry-sequence-breaker
            number   --adaptive-target
            number   --adaptive-decay
            number   --dynatemp-range
            number   --dynatemp-exp
            number   --mirostat
            number   --mirostat-lr
            number   --mirostat-ent
            word     -l --logit-bias
            text     --grammar
            path     --grammar-file
            text     -j --json-schema
            path     -jf --json-schema-file
            switch   -bs --backend-sampling
            word     --pooling
            word     --attention
            word     --rope-scaling
            number   --rope-scale
            number   --rope-freq-base
            number   --rope-freq-scale
            number   --yarn-orig-ctx
            number   --yarn-ext-factor
            number   --yarn-attn-factor
            number   --yarn-beta-slow
            number   --yarn-beta-fast
            number   -gan --grp-attn-n
            number   -gaw --grp-attn-w
            switch   -kvo --kv-offload
            switch   -nkvo --no-kv-offload
            switch   --repack
            switch   -nr --no-repack
            switch   --no-host
            word     -ctk --cache-type-k
            word     -ctv --cache-type-v
            number   -dt --defrag-thold
            number   -np --parallel
            number   -ns --sequences
            switch   -cb --cont-batching
            switch   -nocb --no-cont-batching
            path     -mm --mmproj
            switch   --mmproj-auto --no-mmproj --no-mmproj-auto
            switch   --mmproj-offload --no-mmproj-offload
            word     -mmdev --mmproj-device
            number   --image-min-tokens
            number   --image-max-tokens
            number   --mtmd-batch-max-tokens
            number   --video-fps
            number   --video-timestamp-interval
            word     -lm --load-mode
            word     -lzm --lazy-mode
            switch   --mlock
            switch   --mmap --no-mmap
            switch   -dio --direct-io
            switch   -ndio --no-direct-io
            word     --numa
            word     -dev --device
            text     -ot --override-tensor
            switch   -cmoe --cpu-moe
            number   -ncmoe --n-cpu-moe
            number   --moe-cache-mib
            number   -ncffn --n-cpu-ffn
            word     -ngl --gpu-layers --n-gpu-layers
            word     -sm --split-mode
            numbers  -ts --tensor-split
            number   -mg --main-gpu
            optional -fit --fit
            numbers  -fitt --fit-target
            number   -fitc --fit-ctx
            switch   --check-tensors
            text     --override-kv
            switch   --op-offload --no-op-offload
            paths    --lora
            scaled   --lora-scaled
            switch   --lora-init-without-apply
            paths    --control-vector
            scaled   --control-vector-scaled
            range    --control-vector-layer-range
            number   --embd-normalize
            switch   --embedding --embeddings
            switch   --rerank --reranking
            text     --chat-template-kwargs
            number   -to --timeout
            number   --sse-ping-interval
            number   --threads-http
            switch   --cache-prompt --no-cache-prompt
            number   --cache-reuse
            switch   --metrics
            switch   --slots --no-slots
            number   -sps --slot-prompt-similarity
            switch   --jinja --no-jinja
            word     --reasoning-format
            optional -rea --reasoning
            word     --reasoning-effort
            number   --reasoning-budget
            text     --reasoning-budget-message
            switch   --reasoning-preserve --no-reasoning-preserve
            word     --chat-template
            path     --chat-template-file
            switch   --skip-chat-parsing --no-skip-chat-parsing
            switch   --prefill-assistant --no-prefill-assistant
            word     --tags
            switch   --log-prefix --no-log-prefix
            switch   --log-timestamps --no-log-timestamps
            optional --log-colors
            path     -lcs --lookup-cache-static
            """;

    private static final String DRAFTING =
            """
            path     -md --model-draft --spec-draft-model
            repository -hfd -hfrd --hf-repo-draft --spec-draft-hf
            number   -td --threads-draft --spec-draft-threads
            number   -tbd --threads-batch-draft --spec-draft-threads-batch
            word     -Cd --cpu-mask-draft --spec-draft-cpu-mask
            word     -Crd --cpu-range-draft --spec-draft-cpu-range
            number   --cpu-strict-draft --spec-draft-cpu-strict
            number   --prio-draft --spec-draft-prio
            number   --poll-draft --spec-draft-poll
            word     -Cbd --cpu-mask-batch-draft --spec-draft-cpu-mask-batch
            word     -Crbd --cpu-range-batch-draft --spec-draft-cpu-range-batch
            number   --cpu-strict-batch-draft --spec-draft-cpu-strict-batch
            number   --prio-batch-draft --spec-draft-prio-batch
            number   --poll-batch-draft --spec-draft-poll-batch
            number   -cd --ctx-size-draft
            word     -ctkd --cache-type-k-draft --spec-draft-type-k
            word     -ctvd --cache-type-v-draft --spec-draft-type-v
            text     -otd --override-tensor-draft --spec-draft-override-tensor
            switch   -cmoed --cpu-moe-draft --spec-draft-cpu-moe
            number   -ncmoed --n-cpu-moe-draft --spec-draft-n-cpu-moe --spec-draft-ncmoe
            number   --draft --draft-n --draft-max --spec-draft-n-max
            number   --draft-min --draft-n-min --spec-draft-n-min
            number   --draft-p-split --spec-draft-p-split
            number   --draft-p-min --spec-draft-p-min
            switch   --spec-draft-backend-sampling --no-spec-draft-backend-sampling
            word     --spec-draft-sampling
            word     -devd --device-draft --spec-draft-device
            word     -ngld --gpu-layers-draft --n-gpu-layers-draft --spec-draft-ngl
            word     --spec-type
            switch   --spec-default
            number   --spec-synth-len
            numbers  --spec-synth-rates
            number   --spec-ngram-mod-n-min
            number   --spec-ngram-mod-n-max
            number   --spec-ngram-mod-n-match
            number   --spec-ngram-simple-size-n
            number   --spec-ngram-simple-size-m
            number   --spec-ngram-simple-min-hits
            number   --spec-ngram-map-k-size-n
            number   --spec-ngram-map-k-size-m
            number   --spec-ngram-map-k-min-hits
            number   --spec-ngram-map-k4v-size-n
            number   --spec-ngram-map-k4v-size-m
            number   --spec-ngram-map-k4v-min-hits
            number   --spec-ngram-size-n
            number   --spec-ngram-size-m
            number   --spec-ngram-min-hits
            """;

    private static final String MANAGED =
            """
            managed  --host --port --reuse-port : the engine listens where only the neuron reaches it
            managed  --api-prefix : the neuron must find the engine's routes
            managed  --api-key --api-key-file : the neuron makes a key for each start
            managed  --ssl-key-file --ssl-cert-file : the neuron asks its engines over loopback
            managed  -a --alias : the model's id is its name
            managed  -m --model : it is the profile's path
            managed  -hf -hfr --hf-repo : it is the profile's source
            managed  --offline : the neuron sets it for files; LLAMA_ARG_OFFLINE=1 in env is for all
            managed  --no-ui --no-webui --ui --webui : an engine has no pages
            """;

    private static final String REFUSED =
            """
            refused  --mcp-servers-json --mcp-servers-config : it starts programs
            refused  --tools --tools-runtime -ag --agent : it runs commands and writes files
            refused  -no-ag --no-agent : tools are off anyway
            refused  --ui-mcp-proxy --webui-mcp-proxy : it makes the engine an open proxy
            refused  --no-ui-mcp-proxy --no-webui-mcp-proxy : the proxy is off anyway
            refused  --ui-config --webui-config --ui-config-file --webui-config-file : no pages
            refused  --video-ffmpeg-dir : it starts programs
            refused  --log-file --log-prompts-dir --log-jsonl --no-log-jsonl : it writes files
            refused  --slot-save-path : it writes files
            refused  -lcd --lookup-cache-dynamic --spec-ngram-mod-cache : it writes files
            refused  --prompt-cache --prompt-cache-all --prompt-cache-ro : it writes files
            refused  --path --media-path --allowed-local-media-path : it hands out files
            refused  -mu --model-url -mmu --mmproj-url : it fetches from any address
            refused  -dr --docker-repo -hff --hf-file -hffv --hf-file-v : it downloads
            refused  -hfv -hfrv --hf-repo-v -mv --model-vocoder : it downloads
            refused  -hft --hf-token : a key belongs into env, as HF_TOKEN
            refused  --rpc : it sends the model and prompts to other hosts
            refused  --cors-origins --cors-methods --cors-headers : web pages have no business here
            refused  --cors-credentials --no-cors-credentials : web pages have no business here
            refused  --props : it lets requests change the engine
            refused  --sleep-idle-seconds : the memory an engine gives back may not be there again
            refused  -v --verbose --log-verbose -lv --verbosity --log-verbosity : it logs prompts
            refused  --verbose-prompt : it logs prompts
            refused  --log-disable : without output nobody knows why an engine failed
            refused  --models-dir --models-preset --models-max : an engine has one model
            refused  --models-autoload --no-models-autoload : an engine has one model
            refused  --tts-speaker-file --tts-lang --tts-use-guide-tokens : it is not served here
            refused  --embd-gemma-default --gpt-oss-20b-default --gpt-oss-120b-default : it downloads
            refused  --vision-gemma-4b-default --vision-gemma-12b-default : it downloads
            refused  --fim-qwen-1.5b-default --fim-qwen-3b-default --fim-qwen-7b-default : it downloads
            refused  --fim-qwen-7b-spec --fim-qwen-14b-spec --fim-qwen-30b-default : it downloads
            refused  -h --help --usage --version -cl --cache-list --completion-bash : it does not serve
            refused  --list-devices -fitp --fit-print : it does not serve
            refused  -f --file -bf --binary-file -sysf --system-prompt-file : it is not the server's
            """;

    static final FlagTable TABLE = FlagTable.of(TUNING, DRAFTING, MANAGED, REFUSED);

    private LlamaCppFlags() {}

    /// The lines that allow something.
    static String allowing() {
        return TUNING + DRAFTING;
    }

    /// The lines that do not.
    static String refusing() {
        return MANAGED + REFUSED;
    }
}
