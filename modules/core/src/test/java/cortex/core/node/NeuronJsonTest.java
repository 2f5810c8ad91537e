package cortex.core.node;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineTraits;
import cortex.core.engine.EngineTraits.Abilities;
import cortex.core.engine.TemplateTraits;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The neuron API's JSON, word for word: programs of another version read it, so that it stays flat
/// and in its order however the records are cut.
class NeuronJsonTest {
    private static final String MODEL =
            """
            {"id":"m","harness":"llamacpp","status":"loaded","devices":[0,1],"vram_used_mb":900,\
            "replica":"r-1","engine_model":"m.gguf","in_flight":3,"slots":4,"context":8192,\
            "traits":{"api":"llama","tools":true,"vision":false,"audio":true,"reasoning":null,\
            "embeddings":false,"rerank":true,"template":{"short_tool_ids":true,\
            "alternates":false,"system_anywhere":true,"reasons":false,"tools":true}},\
            "load_secs":1.5,"reason":"how","cause":{"kind":"file_missing","line":"why"},\
            "devices_used_mb":[400,500],"peak_used_mb":950,"progress":0.5,\
            "last_progress_secs":2.5,"downloaded_mb":7,\
            "rest":{"secs":3.5,"served":true}}\
            """;
    private static final String LOAD =
            """
            {"model_id":"m","harness":"llamacpp","quant":"Q4","tensor_parallel":2,"devices":[0,\
            1],"vram_mb":900,"options":{"path":"a.gguf","source":"hf:o/r:q","context":8192,\
            "parallel":4,"gpu_layers":99,"tensor_split":[0.25,0.75],"mmproj":"mm.gguf",\
            "args":["--x"]}}\
            """;

    @Test
    void aModel() {
        Abilities abilities = new Abilities(true, false, true, null, false, true);
        TemplateTraits template = new TemplateTraits(true, false, true, false, true);
        EngineTraits traits = new EngineTraits("llama", abilities, template);
        ModelInfo model =
                new ModelInfo(
                        "m",
                        "r-1",
                        ModelStatus.LOADED,
                        3,
                        new ModelInfo.Engine(
                                "llamacpp",
                                "m.gguf",
                                4,
                                8192,
                                traits,
                                "how",
                                new FailureCause(FailureCause.Kind.FILE_MISSING, "why")),
                        new ModelInfo.Memory(List.of(0, 1), 900L, List.of(400L, 500L), 950L),
                        new ModelInfo.Load(1.5, 0.5, 2.5, 7L, new ModelInfo.Rest(3.5, true)));
        assertThat(Json.MAPPER.writeValueAsString(model)).isEqualTo(MODEL);
        assertThat(Json.MAPPER.readValue(MODEL, ModelInfo.class)).isEqualTo(model);
    }

    @Test
    void aModelOfAnotherVersion() {
        String json =
                "{\"id\":\"m\",\"new\":{\"slots\":[9]},\"traits\":{\"new\":1},\"status\":null}";
        ModelInfo model = Json.MAPPER.readValue(json, ModelInfo.class);
        assertThat(model.id()).isEqualTo("m");
        assertThat(model.memory()).isEqualTo(ModelInfo.Memory.of(List.of(), null));
        assertThat(model.load()).isEqualTo(ModelInfo.Load.took(null));
        assertThat(model.engine().slots()).isNull();
        assertThat(model.engine().traits()).isEqualTo(EngineTraits.UNKNOWN);
        assertThat(model.engine().cause()).isNull();
        String cause = "{\"cause\":{\"kind\":\"new\",\"line\":\"l\",\"more\":1}}";
        assertThat(Json.MAPPER.readValue(cause, ModelInfo.class).engine().cause())
                .isEqualTo(new FailureCause(FailureCause.Kind.OTHER, "l"));
        String empty = "{\"cause\":{}}";
        assertThat(Json.MAPPER.readValue(empty, ModelInfo.class).engine().cause())
                .isEqualTo(FailureCause.UNKNOWN);
    }

    @Test
    void aLoad() {
        LoadRequest load =
                new LoadRequest(
                        "m",
                        "llamacpp",
                        "Q4",
                        2,
                        List.of(0, 1),
                        900L,
                        new EngineOptions(
                                new EngineOptions.Origin("a.gguf", "hf:o/r:q"),
                                8192,
                                4,
                                99,
                                List.of(0.25, 0.75),
                                "mm.gguf",
                                List.of("--x")));
        assertThat(Json.MAPPER.writeValueAsString(load)).isEqualTo(LOAD);
        assertThat(Json.MAPPER.readValue(LOAD, LoadRequest.class)).isEqualTo(load);
    }
}
