package cortex.core.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import cortex.core.dialect.chat.ChatJson;
import cortex.core.failure.FailureException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a request costs is known, and limited, before anything is built of it.
class RequestCostTest {
    private static byte[] body(String fields) {
        return ("{\"model\":\"m\"," + fields + "}").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] list(String name, String element, int n) {
        return body("\"" + name + "\":[" + (element + ",").repeat(n - 1) + element + "]");
    }

    private static String refusal(byte[] body, RequestLimits limits) {
        FailureException e =
                catchThrowableOfType(FailureException.class, () -> RequestScan.of(body, limits));
        assertThat(e.failure().status()).isEqualTo(400);
        return e.failure().message();
    }

    @Test
    void aListOfNoPromptsIsRefused() {
        byte[] body = "{\"model\":\"m\",\"prompt\":[]}".getBytes(StandardCharsets.UTF_8);
        assertThat(refusal(body, RequestLimits.USUAL))
                .isEqualTo("prompt: the list is empty; put a text into it.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 'messages':[{'role':'user','content':'hi'}]",
                "7 | 'messages':[],'n':7",
                "7 | 'messages':[],'n_cmpl':7",
                "7 | 'messages':[],'n':6.5",
                "1 | 'messages':[],'n':null",
                "1 | 'messages':[],'n':-3",
                "2147483647 | 'messages':[],'n':1e99",
                "1 | 'prompt':'a'",
                "1 | 'content':[]",
                "3 | 'prompt':['a','b','c']",
                "1 | 'prompt':[1,2,3,4]",
                "1 | 'prompt':[1,'a',3,4]",
                "2 | 'prompt':[[1,2,3],[4,5]]",
                "3 | 'prompt':[[1,2],'a',{'prompt_string':'x'}]",
                "12 | 'prompt':['a','b','c'],'n':2,'best_of':4",
                "2147483647 | 'prompt':['a','b','c'],'n':2000000000",
                "1 | 'input':'a'",
                "3 | 'input':['a','b','c']",
                "1 | 'input':[1,2,3]",
                "2 | 'input':[[1,2,3],[4]]",
                "2 | 'input':[{'prompt_string':'a'},{'prompt_string':'b'}]",
                "1 | 'input':[{'role':'user','content':'a'},{'role':'user','content':'b'}]",
                "2 | 'content':['a','b']",
                "4 | 'query':'q','documents':['a','b',{'text':'c'},'d']",
                "2 | 'query':'q','texts':['a','b']"
            })
    void aRequestWeighsTheAnswersItAsksFor(int weight, String fields) {
        assertThat(RequestScan.of(body(fields.replace('\'', '"'))).weight()).isEqualTo(weight);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'n':'4'", "'n_cmpl':true", "'best_of':[4]", "'n':{'x':4}"})
    void howManyAnswersAreAskedForIsANumber(String field) {
        assertThat(
                        refusal(
                                body(("'messages':[]," + field).replace('\'', '"')),
                                RequestLimits.USUAL))
                .endsWith("' must be a number.");
    }

    @Test
    void moreTokensThanTheLimitAreRefusedAndTheLimitIsNamed() {
        RequestLimits limits = new RequestLimits(10_000, 20_000, 4_000, 100_000);
        RequestScan.of(list("x", "{}", 4_990), limits);
        assertThat(refusal(list("x", "{}", 5_000), limits))
                .contains("10000 JSON tokens", "max_json_tokens");
        assertThat(refusal(list("messages", "[]", 5_000), limits)).contains("max_json_tokens");
    }

    @Test
    void tokensWithinArgumentsOfToolCallsCount() {
        String arguments = "[" + "{},".repeat(3_000) + "{}]";
        String call =
                "{'role':'assistant','tool_calls':[{'function':{'arguments':'{\\\"a\\\":"
                        + arguments
                        + "}'}}]}";
        byte[] body = list("messages", call.replace('\'', '"'), 4);
        RequestLimits limits = new RequestLimits(20_000, 20_000, 4_000, 100_000);
        assertThat(refusal(body, limits)).contains("max_json_tokens");
        assertThat(RequestScan.of(body).cost().tokens()).isGreaterThan(24_000);
    }

    @Test
    void moreTurnsToolsOrPartsThanTheLimitAreRefused() {
        String turn = "{\"role\":\"user\",\"content\":\"a\"}";
        String tool = "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}";
        RequestScan.of(list("messages", turn, 20_000));
        RequestScan.of(list("tools", tool, 4_000));
        String schema = "{\"name\":\"f\",\"input_schema\":{\"properties\":{\"a\":{}}}}";
        RequestScan.of(list("tools", schema, 4_000));
        RequestLimits usual = RequestLimits.USUAL;
        assertThat(refusal(list("messages", turn, 20_001), usual))
                .contains("20000 turns", "max_turns");
        assertThat(refusal(list("input", turn, 20_001), usual)).contains("max_turns");
        assertThat(refusal(list("tools", tool, 4_001), usual)).contains("4000 tools", "max_tools");
        String space =
                "{\"type\":\"namespace\",\"tools\":[" + (tool + ",").repeat(40) + tool + "]}";
        assertThat(refusal(list("tools", space, 100), usual)).contains("max_tools");
        String parts =
                "{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"text\",\"text\":\"a\"},".repeat(60_000)
                        + "{}]}";
        assertThat(refusal(list("messages", parts, 2), usual)).contains("max_parts");
        RequestScan.of(list("input", "\"a\"", 30_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "\"ab\"",
                "\"ünö\"",
                "\"日本\"",
                "1",
                "123456789012",
                "0.25",
                "true",
                "{\"a\":1}",
                "{\"a\":{\"a\":{}}}",
                "[[[[]]]]",
                "[1]",
                "{\"a\":\"b\",\"c\":[]}",
                "12345678901234567890123456789",
                "1.5e300",
                "-0.1"
            })
    void aTreeTakesNoMoreThanWasCounted(String element) {
        byte[] body = list("x", element, 50_000);
        ChatJson.object(body);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Object tree = ChatJson.object(body);
        long spent = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(tree).isNotNull();
        // What reading a number leaves behind at once is no part of the tree.
        boolean number = element.matches("-?[0-9.e]+");
        assertThat(RequestScan.of(body).cost().treeBytes())
                .isBetween(spent / (number ? 5 : 1), 12 * spent);
    }

    @Test
    void aCancelledRequestIsNotReadOn() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> RequestScan.of(list("messages", "{}", 3)))
                    .isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
