package cortex.core.dialect.openai.parts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.Usage;
import java.io.ByteArrayOutputStream;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Answers of llama-server (b11549), put together.
class ListAnswerTest {
    private final TokenUsage spent = new TokenUsage(1);

    private static byte[] bytes(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }

    private static String text(byte[] json) {
        return new String(json, UTF_8).replace('"', '\'');
    }

    private static String head(int tokens) {
        return "{'model':'q','object':'list','usage':{'prompt_tokens':%d,'total_tokens':%d},"
                .formatted(tokens, tokens);
    }

    private static String vector(int index, String value) {
        return "{'embedding':" + value + ",'index':" + index + ",'object':'embedding'}";
    }

    private static String vectors(int tokens, String data) {
        return head(tokens) + "'data':[" + data + "]}";
    }

    private static void add(ListAnswer answer, int first, int count, String part) {
        answer.begin(first, count);
        assertThat(answer.add(bytes(part))).as(part).isTrue();
    }

    @Test
    void vectorsKeepTheirBytes() {
        ListAnswer answer = ListAnswer.vectors(spent);
        String exact = "[-0.1637391895055771,1.50,1E-7]";
        add(answer, 0, 2, vectors(5, vector(0, exact) + ", " + vector(1, "'AACAPw=='")));
        add(answer, 2, 1, vectors(3, vector(0, "[2.0]")));
        String all = vector(0, exact) + ", " + vector(1, "'AACAPw=='") + "," + vector(2, "[2.0]");
        assertThat(text(answer.toBytes())).isEqualTo(vectors(8, all));
        assertThat(spent.sum()).isEqualTo(new Usage(8L, null, null));
    }

    @Test
    void vectorsArePassedOnBeforeTheLastHaveCome() {
        String usageLast = "{'object':'list','data':[%s],'usage':{'prompt_tokens':%d},'model':'q'}";
        for (boolean first : new boolean[] {true, false}) {
            ListAnswer answer = ListAnswer.vectors(spent);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < 3; i++) {
                String one = vector(0, "[" + i + "]");
                add(answer, i, 1, first ? vectors(2, one) : usageLast.formatted(one, 2));
                if (i < 2) {
                    answer.passOn(out::write);
                    assertThat(answer.begun()).isTrue();
                }
            }
            answer.end(out::write);
            String all =
                    IntStream.range(0, 3)
                            .mapToObj(i -> vector(i, "[" + i + "]"))
                            .collect(Collectors.joining(","));
            String whole =
                    "{'model':'q','object':'list','data':["
                            + all
                            + "],'usage':{'prompt_tokens':6,'total_tokens':6}}";
            assertThat(text(out.toByteArray()))
                    .isEqualTo(first ? whole : usageLast.formatted(all, 6));
        }
    }

    private static String place(int index, String score) {
        return "{'index':" + index + ",'relevance_score':" + score + "}";
    }

    private static String places(int tokens, String results) {
        return head(tokens) + "'results':[" + results + "]}";
    }

    @Test
    void placesAreInOrderOverAll() {
        ListAnswer answer = ListAnswer.ranks(spent, 3);
        add(answer, 0, 2, places(14, place(1, "0.8562206029891968") + "," + place(0, "-1e1")));
        add(answer, 2, 2, places(15, place(0, "2.50") + "," + place(1, "-0.5")));
        assertThat(text(answer.toBytes()))
                .isEqualTo(
                        places(
                                29,
                                place(2, "2.50")
                                        + ","
                                        + place(1, "0.8562206029891968")
                                        + ","
                                        + place(3, "-0.5")));
        assertThat(answer.canPassOn()).isFalse();
    }

    @Test
    void aListAloneIsAnAnswer() {
        ListAnswer answer = ListAnswer.ranks(spent, Integer.MAX_VALUE);
        add(answer, 0, 1, "[{'index':0,'score':0.1,'text':'[a,{'}]");
        add(answer, 1, 1, "[{'index':0,'score':0.2,'text':'b'}]");
        assertThat(text(answer.toBytes()))
                .isEqualTo(
                        "[{'index':1,'score':0.2,'text':'b'},"
                                + "{'index':0,'score':0.1,'text':'[a,{'}]");
    }

    @Test
    void whatIsNotForEachInputIsNoAnswer() {
        for (String odd :
                new String[] {
                    "",
                    "null",
                    "{}",
                    "{'data':3}",
                    "{'data':[",
                    "{'data':[]}",
                    "{'data':[1,2]}",
                    "{'data':[{'index':0}]}",
                    "{'data':[{'index':0},{'index':0}]}",
                    "{'data':[{'index':0},{'index':2147483647}]}",
                    "{'data':[{'index':0},{'index':4294967297}]}",
                    "{'data':[{'index':0},{'index':1},{'index':2}]}",
                    "{'data':[{'index':0},{'x':1}]}",
                    "{'data':[{'index':0},{'index':1}],'data':[]}",
                    "{'data':[{'index':0},{'index':1}]} x"
                }) {
            ListAnswer answer = ListAnswer.vectors(spent);
            answer.begin(0, 2);
            assertThat(answer.add(bytes(odd))).as(odd).isFalse();
        }
    }

    @Test
    void countsDoNotOverflow() {
        ListAnswer answer = ListAnswer.vectors(spent);
        String usage = "{'data':[{'index':0}],'usage':{'total_tokens':" + Long.MAX_VALUE + "}}";
        add(answer, 0, 1, usage);
        add(answer, 1, 1, usage);
        assertThat(text(answer.toBytes())).contains("'total_tokens':" + Long.MAX_VALUE + "}");
    }
}
