package cortex.core.dialect.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.request.Target;
import cortex.core.engine.EngineApi;
import org.junit.jupiter.api.Test;

class TokenCountTest {
    private static final String REQUEST =
            """
            {"model":"coder","system":[{"type":"text","text":"x-anthropic-billing-header: a"},
             {"type":"text","text":"S"}],"tools":[{"name":"f","description":"d",
             "input_schema":{"type":"object"},"cache_control":{}}],
             "messages":[{"role":"user","content":"hi"},{"role":"system","content":"mid"},
             {"role":"assistant","content":[{"type":"thinking","thinking":"t"},
              {"type":"text","text":"a"},{"type":"tool_use","id":"c1","name":"f","input":{"x":1}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"r"},
              {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},
              {"type":"hologram"},{"type":"text","text":"go"}]}]}
            """;

    private static TokenCount of(String request, EngineApi api) {
        return TokenCount.of(request.getBytes(UTF_8), new Target("m", api, Quirks.NONE));
    }

    @Test
    void llamaServerIsAskedWithTheChatRequest() {
        TokenCount count = of(REQUEST, EngineApi.LLAMA_SERVER);
        assertThat(count.path()).isEqualTo("/chat/completions/input_tokens");
        assertThat(count.body().propertyNames()).containsExactly("model", "messages", "tools");
        assertThat(count.body().path("messages").size()).isEqualTo(5);
        assertThat(count.estimate()).isBetween(1000L, 1200L);
    }

    @Test
    void mistralrsIsAskedInAnthropicsFormWithoutAnythingOdd() {
        TokenCount count = of(REQUEST, EngineApi.MISTRALRS);
        assertThat(count.path()).isEqualTo("/messages/count_tokens");
        assertThat(new String(count.question(), UTF_8))
                .isEqualTo(
                        """
                        {"model":"m","system":"S","messages":[\
                        {"role":"user","content":[{"type":"text","text":\
                        "hi\\n\\n<system-reminder>\\nmid\\n</system-reminder>"}]},\
                        {"role":"assistant","content":[{"type":"text","text":"a"},\
                        {"type":"tool_use","id":"c1","name":"f","input":{"x":1}}]},\
                        {"role":"user","content":[\
                        {"type":"tool_result","tool_use_id":"c1","content":"r"},\
                        {"type":"image","source":{"type":"base64","media_type":"image/png",\
                        "data":"AA=="}},{"type":"text","text":"go"}]}],\
                        "tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}]}\
                        """);
    }

    @Test
    void whatTheTemplateReadsOfThinkingIsCounted() {
        Target target =
                new Target(
                        "m",
                        EngineApi.LLAMA_SERVER,
                        Golden.quirks(ChatJson.object().put("reasoning", true)));
        String request =
                REQUEST.replace("\"tools\"", "\"thinking\":{\"type\":\"disabled\"},\"tools\"");
        TokenCount count = TokenCount.of(request.getBytes(UTF_8), target);
        assertThat(count.body().path("chat_template_kwargs").toString())
                .isEqualTo("{\"enable_thinking\":false}");
    }

    @Test
    void aTurnOfTheModelsOwnAtTheEndIsCounted() {
        String request =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
                        + "{\"role\":\"assistant\",\"content\":\"yo\"}]}";
        assertThat(of(request, EngineApi.MISTRALRS).body().path("messages").size()).isEqualTo(2);
        assertThat(of(request, EngineApi.LLAMA_SERVER).body().has("chat_template_kwargs"))
                .as("the engine goes on with it only so")
                .isTrue();
    }

    @Test
    void anUnknownEngineIsNotAsked() {
        TokenCount count = of(REQUEST, EngineApi.GENERIC);
        assertThat(count.path()).isNull();
        assertThat(count.estimate()).isPositive();
    }

    @Test
    void whatClaudeCodeSendsToCount() {
        TokenCount count =
                of(
                        "{\"model\":\"m\",\"tools\":[],\"tool_choice\":{\"type\":\"auto\"},"
                                + "\"messages\":[{\"role\":\"user\",\"content\":\"foo\"}]}",
                        EngineApi.LLAMA_SERVER);
        assertThat(count.estimate()).isEqualTo(9);
        assertThat(new String(TokenCount.render(count.estimate()), UTF_8))
                .isEqualTo("{\"input_tokens\":9}");
    }

    @Test
    void readsTheEnginesAnswer() {
        assertThat(TokenCount.answer("{\"input_tokens\":23}".getBytes(UTF_8))).isEqualTo(23);
        assertThat(TokenCount.answer("{\"input_tokens\":\"x\"}".getBytes(UTF_8))).isNull();
        assertThat(TokenCount.answer("{\"error\":{}}".getBytes(UTF_8))).isNull();
        assertThat(TokenCount.answer("<html>".getBytes(UTF_8))).isNull();
        assertThat(ChatJson.parse("")).isNull();
    }
}
