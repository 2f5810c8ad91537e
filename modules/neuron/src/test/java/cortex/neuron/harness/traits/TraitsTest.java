package cortex.neuron.harness.traits;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.engine.EngineApi;
import cortex.core.engine.EngineTraits;
import cortex.core.engine.TemplateTraits;
import cortex.core.node.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TraitsTest {
    private static JsonNode json(String text) {
        return Json.MAPPER.readTree(text.replace('\'', '"'));
    }

    private static EngineTraits llama(String props, String... args) {
        return LlamaTraits.of(json(props), null, List.of(args));
    }

    @Test
    void llamaServerTellsByItsProps() {
        EngineTraits traits =
                llama(
                        "{'modalities':{'vision':true,'audio':false},'chat_template':'{% if"
                                + " enable_thinking %}{{ tools }}','chat_template_caps':"
                                + "{'supports_tools':true,'supports_tool_calls':true}}");
        assertThat(traits)
                .isEqualTo(
                        new EngineTraits(
                                EngineApi.LLAMA_SERVER.word(),
                                true,
                                true,
                                false,
                                true,
                                false,
                                false,
                                new TemplateTraits(false, false, false, true, true)));
    }

    @Test
    void whatIsNotToldIsNotKnown() {
        EngineTraits nothing = LlamaTraits.of(null, null, List.of());
        assertThat(nothing.vision()).isNull();
        assertThat(nothing.tools()).isNull();
        assertThat(nothing.reasoning()).isNull();
        assertThat(nothing.template()).isNull();
        assertThat(llama("{'chat_template':''}").template()).isNull();
        assertThat(llama("[]").vision()).isNull();
    }

    @Test
    void theModelsEntryTellsWhatItTakesIn() {
        JsonNode sees = json("{'architecture':{'input_modalities':['text','image']}}");
        assertThat(LlamaTraits.of(null, sees, List.of()).vision()).isTrue();
        JsonNode reads = json("{'architecture':{'input_modalities':['text']}}");
        assertThat(LlamaTraits.of(null, reads, List.of()).vision()).isFalse();
    }

    @Test
    void argumentsTellTheRest() {
        assertThat(llama("{}", "--embeddings", "--pooling", "mean").embeddings()).isTrue();
        assertThat(llama("{}", "--reranking").rerank()).isTrue();
        String thinks = "{'chat_template':'<think>'}";
        assertThat(llama(thinks).reasoning()).isTrue();
        assertThat(llama(thinks, "--reasoning", "off").reasoning()).isFalse();
        assertThat(llama(thinks, "--reasoning-budget=0").reasoning()).isFalse();
        assertThat(llama(thinks, "--reasoning-budget", "0", "--reasoning-budget", "9").reasoning())
                .isTrue();
    }

    @Test
    void mistralRsTellsOnlyByItsArguments() {
        EngineTraits auto = MistralRsTraits.of(List.of("--max-seqs", "4"));
        assertThat(auto.api()).isEqualTo(EngineApi.MISTRALRS.word());
        assertThat(auto.vision()).isNull();
        assertThat(auto.tools()).isNull();
        assertThat(MistralRsTraits.of(List.of("multimodal")).vision()).isTrue();
        assertThat(MistralRsTraits.of(List.of("--mmproj", "/p")).vision()).isTrue();
        EngineTraits vectors = MistralRsTraits.of(List.of("embedding"));
        assertThat(vectors.embeddings()).isTrue();
        assertThat(vectors.tools()).isFalse();
        assertThat(vectors.vision()).isFalse();
    }

    @Test
    void theyTravelAsJson() {
        EngineTraits traits = llama("{'chat_template':'tools'}");
        String text = Json.MAPPER.writeValueAsString(traits);
        assertThat(text).contains("\"short_tool_ids\":false").contains("\"vision\":null");
        assertThat(Json.MAPPER.readValue(text, EngineTraits.class)).isEqualTo(traits);
    }
}
