package cortex.neuron.harness.policy;

/// The flags of the demo engine: its own, and those of the engines it imitates.
final class DemoFlags {
    private static final String OWN =
            """
            word     --api
            word     --load-time
            number   --speed
            number   --vram-mb
            word     --leak-vram
            word     --leak-on-unload
            text     --models
            switch   --load-fails
            switch   --truncate-sequence
            refused  --vram-dir : it writes files
            """;

    static final FlagTable TABLE =
            FlagTable.of(
                    OWN,
                    LlamaCppFlags.refusing(),
                    LlamaCppFlags.allowing(),
                    MistralRsFlags.lines());

    private DemoFlags() {}
}
