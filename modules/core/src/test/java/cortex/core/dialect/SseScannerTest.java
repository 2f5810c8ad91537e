package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SseScannerTest {
    private static final SseScanner.Out NOWHERE = (_, _, _) -> {};

    private static final String LLAMA =
            """
            data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"chatcmpl-a","model":"tiny","object":"chat.completion.chunk"}

            data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Grüße, "}}],"created":1}

            data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"{\\"finish_reason\\":\\"stop\\",\\"usage\\":{}} 😀"}}]}

            data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1,"timings":{"cache_n":30,"prompt_n":6,"prompt_ms":3.1,"predicted_n":12,"predicted_ms":5.2}}

            data: [DONE]

            """;

    private static final String MISTRALRS =
            """
            :

            data: {"id":"0","choices":[{"finish_reason":null,"index":0,"delta":{"content":"","role":"assistant","tool_calls":null},"logprobs":null}],"usage":null}

            data: {"id":"0","choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hi","role":"assistant","tool_calls":null},"logprobs":null}],"usage":null}

            data: {"id":"0","choices":[{"finish_reason":"length","index":0,"delta":{"content":" there","role":"assistant","tool_calls":null}}],"usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11,"avg_tok_per_sec":null}}

            data: [DONE]

            """;

    private static SseScanner whole(String stream) {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        SseScanner scanner = new SseScanner(true);
        scanner.scan(bytes, 0, bytes.length, NOWHERE);
        scanner.end(NOWHERE);
        return scanner;
    }

    /// The same in one piece, byte by byte, cut in two anywhere, and with CRLF line ends.
    private static void eachWay(String stream, Consumer<SseScanner> check) {
        check.accept(whole(stream));
        check.accept(whole(stream.replace("\n", "\r\n")));
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        SseScanner single = new SseScanner(true);
        for (int i = 0; i < bytes.length; i++) {
            single.scan(bytes, i, 1, NOWHERE);
        }
        single.end(NOWHERE);
        check.accept(single);
        byte[] crlf = stream.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= crlf.length; cut++) {
            SseScanner two = new SseScanner(true);
            two.scan(crlf, 0, cut, NOWHERE);
            two.scan(crlf, cut, crlf.length - cut, NOWHERE);
            two.end(NOWHERE);
            check.accept(two);
        }
    }

    @Test
    void readsLlamaServersTimings() {
        eachWay(
                LLAMA,
                scanner -> {
                    assertThat(scanner.dataLines()).isEqualTo(4);
                    assertThat(scanner.contentChunks()).isEqualTo(2);
                    assertThat(scanner.finishReason()).isEqualTo("stop");
                    assertThat(scanner.usage()).isEqualTo(new Usage(36L, 12L, 30L));
                    assertThat(scanner.error()).isNull();
                    assertThat(scanner.finished()).isTrue();
                    assertThat(scanner.inEvent()).isFalse();
                });
    }

    @Test
    void readsMistralRsUsage() {
        eachWay(
                MISTRALRS,
                scanner -> {
                    assertThat(scanner.dataLines()).isEqualTo(3);
                    assertThat(scanner.contentChunks()).isEqualTo(2);
                    assertThat(scanner.finishReason()).isEqualTo("length");
                    assertThat(scanner.usage()).isEqualTo(new Usage(9L, 2L, null));
                });
    }

    @Test
    void readsUsageInAChunkOfItsOwn() {
        eachWay(
                """
                data:{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}

                data:{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

                data:{"choices":[],"usage":{"prompt_tokens":90,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":80}}}

                """,
                scanner -> {
                    assertThat(scanner.contentChunks()).isEqualTo(1);
                    assertThat(scanner.usage()).isEqualTo(new Usage(90L, 20L, 80L));
                    assertThat(scanner.finishReason()).isEqualTo("stop");
                });
    }

    @Test
    void countsToolCallsTextAndReasoningButNotEmptyOnes() {
        String[] content = {
            "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}",
            "{\"choices\": [{\"delta\": {\"content\": \"x\"}}]}",
            "{\"choices\":[{\"text\":\"x\"}]}",
            "{\"choices\":[{\"delta\":{\"reasoning\":\"x\"}}]}"
        };
        String[] none = {
            "{\"choices\":[{\"delta\":{\"tool_calls\":[]}}]}",
            "{\"choices\":[{\"delta\":{\"tool_calls\":null,\"content\":\"\"}}]}",
            "{\"choices\":[{\"text\":\"\"}]}",
            "{\"content\":\"x\"}",
            "{\"prompt_progress\":{\"total\":3,\"content\":\"x\"},\"choices\":[]}",
            "{\"choices\":[{\"delta\":{},\"logprobs\":{\"content\":[{\"token\":\"a\"}]}}]}",
            "\"content\"",
            "{\"choices\":[{\"delta\":{\"content\":",
            "{\"content"
        };
        for (String line : content) {
            assertThat(whole("data: " + line + "\n\n").contentChunks()).as(line).isEqualTo(1);
        }
        for (String line : none) {
            assertThat(whole("data: " + line + "\n\n").contentChunks()).as(line).isZero();
        }
    }

    @Test
    void keepsTheFirstError() {
        eachWay(
                """
                data: {"choices":[{"delta":{"content":"a"},"error":"no"}],"error":null}

                data: {"error":{"message":"first","type":"server_error"}}

                data: {"error":{"message":"second"}}

                data: [DONE]

                """,
                scanner ->
                        assertThat(
                                        new String(
                                                Objects.requireNonNull(scanner.error()),
                                                StandardCharsets.UTF_8))
                                .contains("first"));
    }

    @Test
    void skipsCommentsAndOtherFields() {
        SseScanner scanner = whole(": ping\n\nevent: foo\nid: 3\nretry: 1\n\n:\n\n");
        assertThat(scanner.dataLines()).isZero();
        assertThat(scanner.finished()).isFalse();
    }

    @Test
    void knowsWhetherItStandsInsideAnEvent() {
        assertThat(whole("").inEvent()).isFalse();
        assertThat(whole("data: {}\n").inEvent()).isTrue();
        assertThat(whole("data: {}\n: c\n").inEvent()).isTrue();
        assertThat(whole("data: {}\r\n\r\n").inEvent()).isFalse();
        assertThat(whole(": comment\n").inEvent()).isFalse();
        SseScanner cut = new SseScanner(true);
        cut.scan("data: {\"a".getBytes(StandardCharsets.UTF_8), 0, 9, NOWHERE);
        assertThat(cut.inEvent()).as("it has not gone on").isFalse();
    }

    @Test
    void aLongLineIsReadAndGoesOnWhole() {
        SseScanner scanner = new SseScanner(true);
        long[] passed = {0};
        SseScanner.Out out = (_, _, length) -> passed[0] += length;
        byte[] chunk = "x".repeat(8192).getBytes(StandardCharsets.UTF_8);
        byte[] head =
                "data: {\"choices\":[{\"delta\":{\"content\":\"".getBytes(StandardCharsets.UTF_8);
        scanner.scan(head, 0, head.length, out);
        for (int i = 0; i < 100; i++) {
            scanner.scan(chunk, 0, chunk.length, out);
        }
        assertThat(passed[0]).isZero();
        assertThat(scanner.held()).isBetween(800_000, 2_000_000);
        byte[] tail =
                "\"}}]}\n\ndata: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"
                        .getBytes(StandardCharsets.UTF_8);
        scanner.scan(tail, 0, tail.length, out);
        assertThat(scanner.contentChunks()).isEqualTo(1);
        assertThat(scanner.finishReason()).isEqualTo("stop");
        assertThat(passed[0]).isEqualTo(head.length + 100L * chunk.length + tail.length);
        assertThat(scanner.held()).isZero();
    }

    @Test
    void aLineThatDoesNotEndIsAnErrorAndNothingOfItGoesOn() {
        SseScanner scanner = new SseScanner(true);
        byte[] chunk = "x".repeat(64 << 10).getBytes(StandardCharsets.UTF_8);
        List<Integer> writes = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            scanner.scan(chunk, 0, chunk.length, (_, _, length) -> writes.add(length));
        }
        scanner.end((_, _, length) -> writes.add(length));
        assertThat(writes).isEmpty();
        assertThat(scanner.held()).isZero();
        assertThat(new String(Objects.requireNonNull(scanner.error()), StandardCharsets.UTF_8))
                .contains("does not end");
    }

    @Test
    void anErrorThatIsAFieldIsOneToo() {
        String said = "error: {\"code\":500,\"message\":\"in /srv/models\"}\n\n";
        eachWay(
                LLAMA.replace("data: [DONE]", said.strip()),
                scanner ->
                        assertThat(
                                        new String(
                                                Objects.requireNonNull(scanner.error()),
                                                StandardCharsets.UTF_8))
                                .contains("/srv/models"));
    }

    @Test
    void onlyFieldsOfEventsGoOn() {
        String stream = "data: {}\nTraceback in /srv/x\nid: 3\nwarning: y\nretry: 1\n: c\n\n";
        StringBuilder passed = new StringBuilder();
        SseScanner scanner = new SseScanner(true);
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            scanner.scan(
                    bytes,
                    i,
                    1,
                    (b, at, length) ->
                            passed.append(new String(b, at, length, StandardCharsets.UTF_8)));
        }
        assertThat(passed.toString()).isEqualTo("data: {}\nid: 3\nretry: 1\n: c\n\n");
    }

    @Test
    void whatComesInOnePieceGoesOnInOnePiece() {
        byte[] bytes = LLAMA.getBytes(StandardCharsets.UTF_8);
        List<Integer> writes = new ArrayList<>();
        new SseScanner(false).scan(bytes, 0, bytes.length, (_, _, length) -> writes.add(length));
        assertThat(writes).containsExactly(bytes.length);
    }

    @Test
    void nonsenseIsHarmless() {
        byte[] noise = new byte[100_000];
        new java.util.Random(7).nextBytes(noise);
        SseScanner scanner = new SseScanner(false);
        scanner.scan(noise, 0, noise.length, NOWHERE);
        scanner.end(NOWHERE);
        assertThat(scanner.finished()).isFalse();
        assertThat(whole("data: {\"usage\":{\"prompt_tokens\":\"x\",}\n\n").usage())
                .isEqualTo(Usage.NONE);
        assertThat(whole("data: \"\\\n\n").dataLines()).isEqualTo(1);
    }
}
