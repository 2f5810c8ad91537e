package cortex.cli.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.cli.dialect.ReadAnswer.Stop;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Right streams are read without a word; each wrong one is found out.
class StreamsTest {
    private static final String CHAT =
            """
            : keepalive

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"café"}}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"A","type":"function","function":{"name":"f","arguments":"{\\"x\\""}}]}}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"id":"B","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":8}}}

            data: [DONE]

            """;

    private static final String MESSAGES =
            """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":0}}}

            event: ping
            data: {"type":"ping"}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: content_block_start
            data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"café"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":1}

            event: content_block_start
            data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"A","name":"f","input":{}}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"x\\":1}"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":2}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":1,"output_tokens":5,"cache_read_input_tokens":8}}

            event: message_stop
            data: {"type":"message_stop"}

            """;

    private static final String RESPONSES =
            """
            event: response.created
            data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}

            event: response.in_progress
            data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1"}}

            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"m1","type":"message","content":[]}}

            event: response.content_part.added
            data: {"type":"response.content_part.added","sequence_number":3,"output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}

            event: response.output_text.delta
            data: {"type":"response.output_text.delta","sequence_number":4,"output_index":0,"content_index":0,"delta":"café"}

            event: response.output_text.done
            data: {"type":"response.output_text.done","sequence_number":5,"output_index":0,"content_index":0,"text":"café"}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"id":"m1","type":"message","content":[{"type":"output_text","text":"café"}]}}

            event: response.output_item.added
            data: {"type":"response.output_item.added","sequence_number":7,"output_index":1,"item":{"id":"f1","type":"function_call","call_id":"A","name":"f","arguments":""}}

            event: response.function_call_arguments.delta
            data: {"type":"response.function_call_arguments.delta","sequence_number":8,"output_index":1,"delta":"{}"}

            event: response.output_item.done
            data: {"type":"response.output_item.done","sequence_number":9,"output_index":1,"item":{"id":"f1","type":"function_call","call_id":"A","name":"f","arguments":"{}"}}

            event: response.completed
            data: {"type":"response.completed","sequence_number":10,"response":{"id":"resp_1","object":"response","status":"completed","output":[{"id":"m1","type":"message","content":[{"type":"output_text","text":"café"}]},{"id":"f1","type":"function_call","call_id":"A","name":"f","arguments":"{}"}],"usage":{"input_tokens":9,"output_tokens":5,"total_tokens":14}}}

            """;

    private static final String COMPLETIONS =
            """
            data: {"object":"text_completion","choices":[{"index":0,"text":"caf","finish_reason":null}]}

            data: {"object":"text_completion","choices":[{"index":0,"text":"é","finish_reason":"length"}],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}

            data: [DONE]

            """;

    private static ReadAnswer read(String dialect, String stream) throws IOException {
        Reading reading = new Reading();
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        Dialect reads =
                Dialect.all().stream()
                        .filter(d -> d.name().equals(dialect))
                        .findFirst()
                        .orElseThrow();
        reads.stream(new Events(new ByteArrayInputStream(bytes), reading), reading);
        return reading.told();
    }

    private static String right(String dialect) {
        return switch (dialect) {
            case "chat" -> CHAT;
            case "messages" -> MESSAGES;
            case "responses" -> RESPONSES;
            default -> COMPLETIONS;
        };
    }

    @ParameterizedTest
    @CsvSource({"chat", "completions", "messages", "responses"})
    void aRightStreamHasNoFaultWhateverItsLineEnds(String dialect) throws IOException {
        for (String end : new String[] {"\n", "\r\n", "\r"}) {
            ReadAnswer told = read(dialect, right(dialect).replace("\n", end));
            assertThat(told.wire().faults()).isEmpty();
            assertThat(told.text()).isEqualTo("café");
            assertThat(told.usage()).isEqualTo(new ReadAnswer.Usage(9L, 5L));
        }
    }

    @Test
    void callsThoughtsAndSignsOfLifeAreRead() throws IOException {
        ReadAnswer chat = read("chat", CHAT);
        assertThat(chat.calls())
                .containsExactly(
                        new ReadAnswer.Call("A", "f", "{\"x\":1}"),
                        new ReadAnswer.Call("B", "g", "{}"));
        assertThat(chat.thought()).isEqualTo("hm");
        assertThat(chat.stop()).isEqualTo(Stop.TOOLS);
        assertThat(chat.wire().signs()).isEqualTo(1);
        ReadAnswer messages = read("messages", MESSAGES);
        assertThat(messages.calls()).containsExactly(new ReadAnswer.Call("A", "f", "{\"x\":1}"));
        assertThat(messages.thought()).isEqualTo("hm");
        assertThat(messages.wire().signs()).isEqualTo(1);
        ReadAnswer responses = read("responses", RESPONSES);
        assertThat(responses.calls()).containsExactly(new ReadAnswer.Call("A", "f", "{}"));
        assertThat(responses.stop()).isEqualTo(Stop.TOOLS);
        assertThat(responses.wire().signs()).isZero();
        assertThat(read("completions", COMPLETIONS).stop()).isEqualTo(Stop.LIMIT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    chat | "index":0,"id":"A" | "id":"A" | a piece of a tool call has no index
                    chat | {"index":1,"id":"B" | {"index":2,"id":"B" | the tool calls' indexes
                    chat | "id":"B" | "id":"A" | two tool calls have the same id
                    chat | ":1}" | ":1" | are no JSON object
                    chat | "id":"A","type":"function" | "id":"A" | without the type function
                    chat | "role":"assistant", | `` | does not say role assistant
                    chat | "finish_reason":"tool_calls" | "x":1 | no chunk has a finish_reason
                    chat | "finish_reason":"tool_calls" | "finish_reason":"eos" | finish_reason is 'eos'
                    chat | data: [DONE] | `` | does not end with [DONE]
                    chat | "total_tokens":14 | "total_tokens":15 | is not the sum
                    chat | "cached_tokens":8 | "cached_tokens":80 | more tokens are cached
                    chat | "completion_tokens":5 | "completion_tokens":"5" | is no number of tokens
                    chat | : keepalive | event: ping | an event has no data
                    chat | data: {"id":"c" | data: {"id":"d" | the id changes
                    completions | "text":"caf" | "txt":"caf" | a choice has no text
                    completions | "finish_reason":null | "finish_reason":"stop" | 2 finish_reasons
                    completions | data: [DONE] | `` | does not end with [DONE]
                    messages | event: ping | event: pong | event 'pong' has the type 'ping'
                    messages | "signature":"s" | "signature":"" | has no signature
                    messages | "content_block":{"type":"text","text":""} | "content_block":{"type":"text","text":"x"} | does not start empty
                    messages | "index":1,"delta" | "index":0,"delta" | for a block that is not open
                    messages | "index":1,"content_block" | "index":3,"content_block" | indexes are not 0, 1, 2
                    messages | "partial_json":"{\\"x\\":1}" | "partial_json":"{\\"x\\"" | input of a tool call is no JSON
                    messages | "stop_reason":"tool_use" | "stop_reason":"end_turn" | with calls
                    messages | "stop_reason":"tool_use" | "stop_reason":"tool_calls" | stop_reason is
                    messages | "usage":{"input_tokens":1,"output_tokens":5 | "usage":{"input_tokens":1 | usage.output_tokens
                    messages | "type":"text_delta" | "type":"thinking_delta" | a delta of another
                    messages | {"type":"message_stop"} | {"type":"error","error":{"message":"died"}} | ended with an error: died
                    responses | "sequence_number":4 | "sequence_number":5 | sequence_numbers
                    responses | "delta":"café" | "delta":"caf" | do not add up
                    responses | "call_id":"A","name":"f","arguments":"{}"}] | "call_id":"B","name":"f","arguments":"{}"}] | another one at the end
                    responses | "sequence_number":1,"response":{"id":"resp_1"} | "sequence_number":1,"response":{"id":"resp_1","output":[{}]} | does not hold the items
                    responses | event: response.completed | event: response.done | has the type
                    responses | "status":"completed" | "status":"failed" | status is 'failed'
                    responses | "total_tokens":14 | "total_tokens":9 | is not the sum
                    """)
    void aWrongStreamIsFoundOut(String dialect, String part, String instead, String fault)
            throws IOException {
        String wrong =
                right(dialect)
                        .replaceFirst(
                                java.util.regex.Pattern.quote(part),
                                java.util.regex.Matcher.quoteReplacement(instead));
        assertThat(wrong).isNotEqualTo(right(dialect));
        assertThat(read(dialect, wrong).wire().faults()).anyMatch(found -> found.contains(fault));
    }

    @Test
    void aStreamThatIsCutIsFoundOutWhereverItIsCut() throws IOException {
        for (String dialect : new String[] {"chat", "completions", "messages", "responses"}) {
            String whole = right(dialect).strip();
            for (int end = whole.length() - 1; end > 0; end -= 7) {
                assertThat(read(dialect, whole.substring(0, end)).wire().faults())
                        .as("%s cut at %d", dialect, end)
                        .isNotEmpty();
            }
        }
    }

    @Test
    void reasoningNeedsAPartToStandIn() throws IOException {
        String wrong =
                RESPONSES
                        .replace("response.output_text.delta", "response.reasoning_text.delta")
                        .replace("response.content_part.added", "response.content_part.done");
        assertThat(read("responses", wrong).wire().faults())
                .contains("text comes before its content_part.added");
    }

    @Test
    void bytesThatAreNoTextAreFoundOut() throws IOException {
        Reading reading = new Reading();
        byte[] bytes = {'d', 'a', 't', 'a', ':', ' ', (byte) 0xc3, '\n', '\n'};
        assertThat(new Events(new ByteArrayInputStream(bytes), reading).next()).isNotNull();
        assertThat(reading.told().wire().faults()).containsExactly("a line is not UTF-8");
    }
}
