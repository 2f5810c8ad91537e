package cortex.core.engine;

import static cortex.core.engine.EngineApi.GENERIC;
import static cortex.core.engine.EngineApi.LLAMA_SERVER;
import static cortex.core.engine.EngineApi.MISTRALRS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.engine.EngineApi.Counting;
import cortex.core.engine.EngineApi.ReasoningSwitch;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// Each fact, and the engines it holds for. A new engine fails here until somebody has decided
/// each.
class EngineFactsTest {
    private static List<EngineApi> apis(Predicate<EngineApi> fact) {
        return Arrays.stream(EngineApi.values()).filter(fact).toList();
    }

    private static List<HarnessKind> harnesses(Predicate<HarnessKind> fact) {
        return Arrays.stream(HarnessKind.values()).filter(fact).toList();
    }

    /// A fact of llama-server, mistral.rs and any other engine, in this order.
    private static <T> List<T> each(Function<EngineApi, T> fact) {
        return Arrays.stream(EngineApi.values()).map(fact).toList();
    }

    @Test
    void whatEachFormOfTheApiTakes() {
        assertThat(EngineApi.values()).containsExactly(LLAMA_SERVER, MISTRALRS, GENERIC);
        assertThat(apis(EngineApi::namesOneTool)).containsExactly(MISTRALRS, GENERIC);
        assertThat(apis(EngineApi::takesForbiddenTools)).containsExactly(MISTRALRS, GENERIC);
        assertThat(apis(EngineApi::takesParallelToolCalls)).containsExactly(LLAMA_SERVER, GENERIC);
        assertThat(apis(EngineApi::keepsToOneCall)).containsExactly(LLAMA_SERVER);
        assertThat(apis(EngineApi::continuesAssistantTurn)).containsExactly(LLAMA_SERVER, GENERIC);
        assertThat(apis(EngineApi::continuesWithoutReasoning)).containsExactly(LLAMA_SERVER);
        assertThat(apis(EngineApi::reportsProgress)).containsExactly(LLAMA_SERVER);
        assertThat(apis(EngineApi::takesReasoning)).containsExactly(LLAMA_SERVER, MISTRALRS);
        assertThat(apis(EngineApi::takesReasoningBudget)).containsExactly(LLAMA_SERVER);
    }

    @Test
    void howEachFormOfTheApiIsAsked() {
        assertThat(each(EngineApi::word)).containsExactly("llama-server", "mistralrs", "generic");
        assertThat(each(EngineApi::reasoningSwitch))
                .containsExactly(
                        ReasoningSwitch.TEMPLATE, ReasoningSwitch.FIELD, ReasoningSwitch.NONE);
        assertThat(each(EngineApi::usualEffort))
                .containsExactly(Effort.HIGH, Effort.XHIGH, Effort.HIGH);
        assertThat(each(EngineApi::highestEffort))
                .containsExactly(Effort.MAX, Effort.XHIGH, Effort.MAX);
        assertThat(each(EngineApi::imageFormats))
                .containsExactly(List.of("jpeg", "png", "gif", "bmp", "tga"), List.of(), List.of());
        assertThat(each(EngineApi::counting))
                .containsExactly(Counting.CHAT, Counting.MESSAGES, Counting.NONE);
    }

    @Test
    void whatEachHarnessDoes() {
        assertThat(HarnessKind.words()).containsExactly("mistralrs", "llamacpp", "demo");
        assertThat(harnesses(HarnessKind::splitsUnevenly)).containsExactly(HarnessKind.LLAMACPP);
        assertThat(harnesses(HarnessKind::connects)).containsExactly(HarnessKind.MISTRALRS);
        assertThat(harnesses(HarnessKind::needsProgram))
                .containsExactly(HarnessKind.MISTRALRS, HarnessKind.LLAMACPP);
        assertThat(harnesses(HarnessKind::needsModel))
                .containsExactly(HarnessKind.MISTRALRS, HarnessKind.LLAMACPP);
        assertThat(harnesses(HarnessKind::splitsEveryPath)).containsExactly(HarnessKind.MISTRALRS);
        assertThat(harnesses(HarnessKind::joinsDashedValues))
                .containsExactly(HarnessKind.MISTRALRS);
        assertThat(harnesses(kind -> kind.listSeparator().equals(";")))
                .containsExactly(HarnessKind.MISTRALRS);
        assertThat(harnesses(kind -> kind.listSeparator().equals(",")))
                .containsExactly(HarnessKind.LLAMACPP, HarnessKind.DEMO);
        assertThat(harnesses(kind -> kind.api() == LLAMA_SERVER))
                .containsExactly(HarnessKind.LLAMACPP, HarnessKind.DEMO);
        assertThat(harnesses(kind -> kind.api() == MISTRALRS))
                .containsExactly(HarnessKind.MISTRALRS);
    }

    @Test
    void aHarnessIsFoundByItsName() {
        for (HarnessKind kind : HarnessKind.values()) {
            assertThat(HarnessKind.of(kind.word())).isEqualTo(kind);
        }
        assertThat(HarnessKind.find("vllm")).isNull();
        assertThatThrownBy(() -> HarnessKind.of("vllm"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such harness: vllm");
    }
}
