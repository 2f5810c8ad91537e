package cortex.core.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.anthropic.stream.MessageEvents;
import cortex.core.dialect.anthropic.stream.MessageTerms;
import cortex.core.dialect.anthropic.stream.WholeMessage;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.Quirks;
import cortex.core.dialect.chat.answer.AnswerStream;
import cortex.core.dialect.chat.answer.AnswerWriter;
import cortex.core.dialect.chat.answer.Terms;
import cortex.core.dialect.chat.answer.WholeAnswer;
import cortex.core.dialect.chat.request.ChatRequest;
import cortex.core.dialect.openai.EngineErrors;
import cortex.core.dialect.responses.request.ToolNames;
import cortex.core.dialect.responses.stream.ResponseEvents;
import cortex.core.dialect.responses.stream.ResponseTerms;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/// What an answer holds is told before it is much, whatever it is made of.
class HeldTest {
    private static final Terms TERMS =
            new Terms(
                    "m",
                    new EngineErrors.Source("m", "node"),
                    new ChatRequest.AnswerInputs(Set.of(), false, "", 9),
                    Quirks.Answers.PLAIN);

    private static final String BULK = "x".repeat(4000);

    private static MessageTerms message() {
        return new MessageTerms("msg_1", TERMS, false);
    }

    private static AnswerWriter streamed() {
        return new MessageEvents(message(), "req", (_, _, _) -> {});
    }

    private static AnswerWriter whole() {
        return new WholeAnswer(new WholeMessage(message()));
    }

    private static AnswerWriter response() {
        ResponseTerms.Birth birth = new ResponseTerms.Birth("resp_test", 1_700_000_000L);
        ResponseTerms terms = new ResponseTerms(birth, TERMS, ToolNames.NONE, ChatJson.object());
        return new ResponseEvents(terms, new ResponseEvents.Numbers(), (_, _, _) -> {});
    }

    /// What is held after a hundred of these.
    private static long held(AnswerWriter form, IntFunction<String> delta) {
        AnswerStream stream = new AnswerStream(TERMS, form);
        for (int i = 0; i < 100; i++) {
            byte[] line =
                    ("data: {\"choices\":[{\"index\":0,\"delta\":" + delta.apply(i) + "}]}\n\n")
                            .getBytes(UTF_8);
            stream.feed(line, 0, line.length);
        }
        return stream.held();
    }

    @Test
    void whatIsGatheredIsHeldAndWhatGoesOutIsNot() {
        IntFunction<String> words = _ -> "{\"content\":\"" + BULK + "\"}";
        assertThat(held(whole(), words)).isBetween(400_000L, 410_000L);
        assertThat(held(response(), words)).isBetween(400_000L, 410_000L);
        assertThat(held(streamed(), words)).isLessThan(1000);
    }

    @Test
    void tinyPiecesOfManyKindsCostMoreThanTheirText() {
        IntFunction<String> pieces =
                i -> i % 2 == 0 ? "{\"content\":\"x\"}" : "{\"reasoning_content\":\"x\"}";
        assertThat(held(whole(), pieces)).isGreaterThan(100_000);
        assertThat(held(response(), pieces)).isGreaterThan(100_000);
    }

    @Test
    void callsThatWaitAreHeldInEveryForm() {
        IntFunction<String> calls =
                i ->
                        """
                        {"tool_calls":[{"index":%d,"id":"c%d","function":{"name":"f","arguments":"[%s"}}]}\
                        """
                                .formatted(i, i, BULK);
        for (AnswerWriter form : new AnswerWriter[] {whole(), response(), streamed()}) {
            assertThat(held(form, calls)).isGreaterThan(390_000);
        }
        IntFunction<String> unnamed =
                i -> "{\"tool_calls\":[{\"index\":%d,\"id\":\"%s%d\"}]}".formatted(i, BULK, i);
        for (AnswerWriter form : new AnswerWriter[] {whole(), response(), streamed()}) {
            assertThat(held(form, unnamed)).isGreaterThan(800_000);
        }
    }

    @Test
    void aLineThatDoesNotEndIsHeld() {
        AnswerStream stream = new AnswerStream(TERMS, streamed());
        byte[] part = ("data: " + BULK).getBytes(UTF_8);
        for (int i = 0; i < 100; i++) {
            stream.feed(part, 0, part.length);
        }
        assertThat(stream.held()).isGreaterThan(400_000);
    }
}
