package cortex.core.dialect.chat.tool;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.chat.ChatJson;
import cortex.core.dialect.chat.ToolIds;
import org.junit.jupiter.api.Test;

class ToolArgumentsTest {
    private static String input(String arguments) {
        return ChatJson.text(ToolArguments.toInput(arguments));
    }

    @Test
    void whatParsesStaysAsItIs() {
        assertThat(ToolArguments.repaired("{ \"a\" : 1.0 }")).isEqualTo("{ \"a\" : 1.0 }");
        assertThat(input("{\"a\":1.0}")).isEqualTo("{\"a\":1.0}");
        assertThat(input("{\"n\":123456789012345678901234567890}"))
                .isEqualTo("{\"n\":123456789012345678901234567890}");
    }

    @Test
    void halvesOfSurrogatePairsAreReplaced() {
        assertThat(ToolArguments.repaired("{ \"a\" : \"x\\ud83d\" }"))
                .isEqualTo("{ \"a\" : \"x\\ufffd\" }");
        assertThat(ToolArguments.repaired("{\"a\":\"\\ud83d\\ude00\"}"))
                .isEqualTo("{\"a\":\"\\ud83d\\ude00\"}");
    }

    @Test
    void nothingIsAnEmptyObject() {
        assertThat(input("")).isEqualTo("{}");
        assertThat(ToolArguments.repaired(" ")).isEqualTo("{}");
    }

    @Test
    void otherValuesAreWrapped() {
        assertThat(input("[1]")).isEqualTo("{\"value\":[1]}");
        assertThat(input("\"x\"")).isEqualTo("{\"value\":\"x\"}");
        assertThat(input("null")).isEqualTo("{\"value\":null}");
    }

    @Test
    void whatWasCutOffIsClosed() {
        assertThat(ToolArguments.repaired("{")).isEqualTo("{}");
        assertThat(input("{\"a\": \"x")).isEqualTo("{\"a\":\"x\"}");
        assertThat(input("{\"a\": \"x\\")).isEqualTo("{\"a\":\"x\"}");
        assertThat(input("{\"a\": \"x\\u00")).isEqualTo("{\"a\":\"x\"}");
        assertThat(input("{\"a\": [1, {\"b\": \"]}")).isEqualTo("{\"a\":[1,{\"b\":\"]}\"}]}");
        assertThat(input("{\"a\": 1,")).isEqualTo("{\"a\":1}");
        assertThat(input("{\"a\":")).isEqualTo("{\"a\":null}");
        assertThat(input("{\"a\"")).isEqualTo("{\"a\":null}");
        assertThat(input("{\"a\": 1, \"b")).isEqualTo("{\"a\":1,\"b\":null}");
        assertThat(input("{\"a\": 12.")).isEqualTo("{\"a\":12}");
    }

    @Test
    void whatCannotBeUnderstoodIsKept() {
        assertThat(input("not json"))
                .isEqualTo("{\"__unparsedToolInput\":{\"raw\":\"not json\",\"len\":8}}");
        assertThat(ChatJson.parse(ToolArguments.repaired("}{"))).isNotNull();
    }

    @Test
    void strictIdsAreStableAndDiffer() {
        String one = ToolIds.forEngine("toolu_1", true);
        assertThat(one).matches("[0-9A-Za-z]{9}").isEqualTo(ToolIds.forEngine("toolu_1", true));
        assertThat(ToolIds.forEngine("toolu_2", true)).isNotEqualTo(one);
        assertThat(ToolIds.forEngine("toolu_1", false)).isEqualTo("toolu_1");
        assertThat(ToolIds.forEngine("abcDEF123", true)).isEqualTo("abcDEF123");
    }
}
