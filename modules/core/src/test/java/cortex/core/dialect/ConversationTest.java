package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the requests of one conversation have in common.
class ConversationTest {
    private static long of(String body) {
        return RequestScan.of(("{\"model\":\"m\"," + body + "}").getBytes(StandardCharsets.UTF_8))
                .conversation();
    }

    private static String user(String text) {
        return "{\"role\":\"user\",\"content\":\"" + text + "\"}";
    }

    private static String says(String role, String text) {
        return "{\"content\":\"" + text + "\",\"role\":\"" + role + "\"}";
    }

    @Test
    void staysTheSameAsTheConversationGoesOn() {
        String system = says("system", "be kind");
        long first = of("\"messages\":[" + system + "," + user("hi \\\"you\\\"") + "]");
        long later =
                of(
                        "\"messages\":["
                                + system
                                + ","
                                + user("hi \\\"you\\\"")
                                + ","
                                + says("assistant", "yes?")
                                + ","
                                + user("well")
                                + "]");
        assertThat(first).isNotZero().isEqualTo(later);
        assertThat(of("\"messages\":[" + system + "," + user("hello") + "]")).isNotEqualTo(first);
        assertThat(of("\"messages\":[" + user("hi \\\"you\\\"") + "]")).isNotEqualTo(first);
    }

    @Test
    void isTheSameInEveryDialect() {
        String anthropic =
                "\"system\":[{\"type\":\"text\",\"text\":\"be kind\","
                        + "\"cache_control\":{\"type\":\"ephemeral\"}}],"
                        + "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                        + "\"text\":\"hi\"";
        long marked = of(anthropic + ",\"cache_control\":{\"type\":\"ephemeral\"}}]}]");
        assertThat(of(anthropic + "}]}]")).isNotZero().isEqualTo(marked);
        long responses =
                of(
                        "\"instructions\":\"be kind\",\"input\":[{\"type\":\"message\","
                                + "\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                                + "\"text\":\"hi\"}]}]");
        assertThat(responses).isEqualTo(marked);
        assertThat(of("\"instructions\":\"be kind\",\"input\":\"hi\"")).isEqualTo(marked);
    }

    @Test
    void whatTheClientSaysComesFirst() {
        String turns = "\"messages\":[" + user("hi") + "]";
        long other = of("\"messages\":[" + user("else") + "],\"prompt_cache_key\":\"k\"");
        assertThat(of(turns + ",\"prompt_cache_key\":\"k\",\"user\":\"u\"")).isEqualTo(other);
        assertThat(other).isEqualTo(RequestScan.conversation("k"));
        assertThat(of("\"user\":\"u\"," + turns)).isEqualTo(RequestScan.conversation("u"));
        String session = "{\\\"session_id\\\":\\\"s\\\"}";
        assertThat(of(turns + ",\"metadata\":{\"x\":[1],\"user_id\":\"" + session + "\"}"))
                .isEqualTo(RequestScan.conversation("{\"session_id\":\"s\"}"));
    }

    @Test
    void nothingToGoByIsNoConversation() {
        assertThat(of("\"temperature\":1")).isZero();
        assertThat(of("\"messages\":[],\"user\":\" \",\"metadata\":null,\"prompt\":7")).isZero();
        assertThat(of("\"messages\":[7,[\"x\"],{\"role\":\"user\"}],\"system\":{\"text\":\"a\"}"))
                .isZero();
    }

    @Test
    void onlyTheBeginningOfALongTextCounts() {
        String same = "x".repeat(5000);
        long one = of("\"messages\":[" + user(same + "1") + "]");
        assertThat(of("\"messages\":[" + user(same + "2") + "]")).isEqualTo(one);
        assertThat(of("\"messages\":[" + user("y" + same) + "]")).isNotEqualTo(one);
        assertThat(of("\"messages\":[" + user(same + "1") + "],\"n\":1")).isEqualTo(one);
    }
}
