package cortex.core.dialect.chat.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainChunkTest {
    private final PlainChunk chunk = new PlainChunk();

    private boolean read(String json) {
        byte[] bytes = (" " + json).getBytes(UTF_8);
        return chunk.read(bytes, 1, bytes.length);
    }

    private static String text(JsonSlice slice) {
        JsonBuffer buffer = new JsonBuffer();
        return new String(buffer.slice(slice).toBytes(), UTF_8);
    }

    private static String delta(String delta) {
        return "{\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]}";
    }

    @Test
    void theChunksThatStreamsConsistOf() {
        assertThat(read(delta("{\"content\":\"a\\n\\u00e9é😀\"}"))).isTrue();
        assertThat(text(chunk.content())).isEqualTo("a\\n\\u00e9é😀");
        assertThat(read(delta("{\"role\":\"assistant\",\"reasoning_content\":\"r\"}"))).isTrue();
        assertThat(text(chunk.reasoning())).isEqualTo("r");
        assertThat(chunk.content().isEmpty()).isTrue();
        String arguments = "{\"index\":12,\"function\":{\"arguments\":\"\\\"x\"}}";
        assertThat(read(delta("{\"tool_calls\":[" + arguments + "]}"))).isTrue();
        assertThat(chunk.toolIndex()).isEqualTo(12);
        assertThat(text(chunk.arguments())).isEqualTo("\\\"x");
        assertThat(
                        read(
                                "{\"id\":\"0\",\"choices\":[{\"finish_reason\":null,\"index\":0,"
                                        + "\"delta\":{\"content\":\"x\",\"role\":\"assistant\","
                                        + "\"tool_calls\":null},\"logprobs\":null}],\"created\":17,"
                                        + "\"object\":\"chat.completion.chunk\",\"usage\":null}"))
                .isTrue();
        assertThat(read(delta("{}"))).isTrue();
    }

    @Test
    void whatItLeavesToTheParser() {
        for (String json :
                new String[] {
                    "",
                    "{}",
                    "[]",
                    "{\"choices\":[]}",
                    "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"}}]}",
                    "{\"choices\":[{\"delta\":{\"content\":\"x\"}},{\"delta\":{}}]}",
                    "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}",
                    "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{}}",
                    "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"timings\":{}}",
                    "{\"choices\":[{\"delta\":{}}],\"prompt_progress\":{}}",
                    "{\"error\":{},\"choices\":[{\"delta\":{\"content\":\"x\"}}]}",
                    "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}",
                    delta("{\"content\":[{\"text\":\"x\"}]}"),
                    delta("{\"refusal\":\"x\"}"),
                    delta("{\"cont\\u0065nt\":\"x\"}"),
                    delta("{\"tool_calls\":[{\"index\":0,\"id\":\"A\"}]}"),
                    delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\"}}]}"),
                    delta("{\"tool_calls\":[{\"function\":{\"arguments\":\"x\"}}]}"),
                    delta("{\"tool_calls\":[]}"),
                    delta("{\"tool_calls\":[{\"index\":0},{\"index\":1}]}"),
                    delta("{\"content\":\"x\"}") + "x",
                    delta("{\"content\":\"x\"}").substring(0, 40),
                    delta("{\"content\":\"\\x\"}"),
                    delta("{\"content\":\"\\u12g4\"}"),
                    delta("{\"content\":\"\t\"}"),
                    delta("{\"content\":tru}"),
                }) {
            assertThat(read(json)).as(json).isFalse();
        }
    }

    @Test
    void bytesThatAreNoUtf8AreNotPassedOn() {
        for (String broken :
                new String[] {
                    "\u0080",
                    "\u00c3",
                    "\u00c0\u0080",
                    "\u00e2\u0082",
                    "\u00ed\u00a0\u0080",
                    "\u00f0\u0080\u0080\u0080",
                    "\u00f4\u0090\u0080\u0080",
                    "\u00ff",
                    "\u00c3("
                }) {
            byte[] bytes = delta("{\"content\":\"" + broken + "\"}").getBytes(ISO_8859_1);
            assertThat(chunk.read(bytes, 0, bytes.length)).isFalse();
        }
    }
}
