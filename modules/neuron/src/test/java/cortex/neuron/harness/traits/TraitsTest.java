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
                                new EngineTraits.Abilities(true, true, false, true, false, false),
                                new TemplateTraits(false, false, false, true, true)));
    }

    @Test
    void whatIsNotToldIsNotKnown() {
        EngineTraits nothing = LlamaTraits.of(null, null, List.of());
        assertThat(nothing.abilities().vision()).isNull();
        assertThat(nothing.abilities().tools()).isNull();
        assertThat(nothing.abilities().reasoning()).isNull();
        assertThat(nothing.template()).isNull();
        assertThat(llama("{'chat_template':''}").template()).isNull();
        assertThat(llama("[]").abilities().vision()).isNull();
    }

    @Test
    void theModelsEntryTellsWhatItTakesIn() {
        JsonNode sees = json("{'architecture':{'input_modalities':['text','image']}}");
        assertThat(LlamaTraits.of(null, sees, List.of()).abilities().vision()).isTrue();
        JsonNode reads = json("{'architecture':{'input_modalities':['text']}}");
        assertThat(LlamaTraits.of(null, reads, List.of()).abilities().vision()).isFalse();
    }

    @Test
    void argumentsTellTheRest() {
        assertThat(llama("{}", "--embeddings", "--pooling", "mean").abilities().embeddings())
                .isTrue();
        assertThat(llama("{}", "--reranking").abilities().rerank()).isTrue();
        String thinks = "{'chat_template':'<think>'}";
        assertThat(llama(thinks).abilities().reasoning()).isTrue();
        assertThat(llama(thinks, "--reasoning", "off").abilities().reasoning()).isFalse();
        assertThat(llama(thinks, "--reasoning-budget=0").abilities().reasoning()).isFalse();
        assertThat(
                        llama(thinks, "--reasoning-budget", "0", "--reasoning-budget", "9")
                                .abilities()
                                .reasoning())
                .isTrue();
    }

    @Test
    void mistralRsTellsOnlyByItsArguments() {
        EngineTraits auto = MistralRsTraits.of(List.of("--max-seqs", "4"));
        assertThat(auto.api()).isEqualTo(EngineApi.MISTRALRS.word());
        assertThat(auto.abilities().vision()).isNull();
        assertThat(auto.abilities().tools()).isNull();
        assertThat(MistralRsTraits.of(List.of("multimodal")).abilities().vision()).isTrue();
        assertThat(MistralRsTraits.of(List.of("--mmproj", "/p")).abilities().vision()).isTrue();
        EngineTraits vectors = MistralRsTraits.of(List.of("embedding"));
        assertThat(vectors.abilities().embeddings()).isTrue();
        assertThat(vectors.abilities().tools()).isFalse();
        assertThat(vectors.abilities().vision()).isFalse();
    }

    @Test
    void theyTravelAsJson() {
        EngineTraits traits = llama("{'chat_template':'tools'}");
        String text = Json.MAPPER.writeValueAsString(traits);
        assertThat(text).contains("\"short_tool_ids\":false").contains("\"vision\":null");
        assertThat(Json.MAPPER.readValue(text, EngineTraits.class)).isEqualTo(traits);
    }
}
