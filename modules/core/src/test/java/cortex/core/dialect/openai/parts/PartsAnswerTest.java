package cortex.core.dialect.openai.parts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.dialect.RequestScan;
import cortex.core.dialect.Usage;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

/// Answers and streams of llama-server (b0-unknown of November 2026), put together.
class PartsAnswerTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private byte[] body = {};

    private SplitRequest request(String text, boolean wantsUsage) {
        body = ("{'model':'m'," + text + "}").replace('\'', '"').getBytes(UTF_8);
        return SplitRequest.of(body, RequestScan.of(body).cost(), wantsUsage);
    }

    private static byte[] bytes(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }

    private static String usage(int prompt, int completion, int cached) {
        return "'usage':{'completion_tokens':%d,'prompt_tokens':%d,'total_tokens':%d,"
                        .formatted(completion, prompt, prompt + completion)
                + "'prompt_tokens_details':{'cached_tokens':"
                + cached
                + "}}";
    }

    private static String choice(int index, String text) {
        return "{'finish_reason':'stop','index':"
                + index
                + ",'message':{'role':'assistant','content':'"
                + text
                + "'}}";
    }

    private static String whole(String choices, String usage, String id) {
        return "{'choices':["
                + choices
                + "],'created':17,'model':'m','object':'chat.completion',"
                + usage
                + ",'id':'"
                + id
                + "','timings':{'predicted_n':1}}";
    }

    @Test
    void wholeAnswersBecomeOne() {
        SplitRequest request = request("'messages':[],'n':3", false);
        request.ask(body, 2);
        assertThat(
                        request.whole()
                                .add(
                                        bytes(
                                                whole(
                                                        choice(0, "a") + "," + choice(1, "b"),
                                                        usage(23, 4, 0),
                                                        "x"))))
                .isTrue();
        assertThat(request.goOn()).isTrue();
        request.ask(body, 2);
        assertThat(
                        request.whole()
                                .add(
                                        bytes(
                                                whole(
                                                        choice(0, "'c'".replace("'", "")),
                                                        usage(23, 5, 22),
                                                        "y"))))
                .isTrue();
        String choices = choice(0, "a") + "," + choice(1, "b") + "," + choice(2, "c");
        assertThat(request.whole().toBytes())
                .asString(UTF_8)
                .isEqualTo(new String(bytes(whole(choices, usage(23, 9, 0), "x")), UTF_8));
        assertThat(request.usage()).isEqualTo(new Usage(23L, 9L, 0L));
    }

    @Test
    void tokensOfSeveralPromptsAddUp() {
        SplitRequest request = request("'prompt':['a','b'],'n':2", false);
        request.ask(body, 2);
        request.whole()
                .add(bytes(whole(choice(0, "a") + "," + choice(1, "b"), usage(3, 4, 0), "x")));
        request.goOn();
        request.ask(body, 2);
        request.whole()
                .add(bytes(whole(choice(0, "c") + "," + choice(1, "d"), usage(12, 4, 2), "y")));
        assertThat(request.usage()).isEqualTo(new Usage(15L, 8L, 2L));
        assertThat(request.whole().toBytes()).asString(UTF_8).contains("\"index\":3");
    }

    @Test
    void whatIsNoAnswerIsSaidToBeNone() {
        SplitRequest request = request("'messages':[],'n':3", false);
        request.ask(body, 2);
        for (String odd : new String[] {"", "null", "[]", "{}", "{'choices':3}", "{'choices':[{"}) {
            assertThat(request.whole().add(bytes(odd))).as(odd).isFalse();
        }
    }

    @Test
    void aSecondListOfChoicesTakesTheFirstOnesPlace() {
        SplitRequest request = request("'messages':[],'n':2", false);
        request.ask(body, 1);
        assertThat(request.whole().add(bytes("{'choices':[{'index':0}],'choices':[{'index':0}]}")))
                .isTrue();
        request.goOn();
        request.ask(body, 1);
        assertThat(request.whole().add(bytes("{'choices':[],'choices':[{'index':0}]}"))).isTrue();
        assertThat(request.whole().toBytes())
                .asString(UTF_8)
                .endsWith("\"choices\":[{\"index\":0},{\"index\":1}]}");
    }

    @Test
    void numbersDoNotOverflow() {
        SplitRequest request = request("'messages':[],'n':2", false);
        request.ask(body, 1);
        request.goOn();
        request.ask(body, 1);
        request.whole().add(bytes("{'choices':[{'index':2147483647},{'index':99999999999999}]}"));
        assertThat(request.whole().toBytes())
                .asString(UTF_8)
                .contains("{\"index\":2147483648},{\"index\":2147483648}");
        pass(request, chunk("x", delta(Integer.MAX_VALUE, "a"), "," + usage(1, 1, 0)));
        assertThat(out.toString(UTF_8)).contains("\"index\":2147483648");
    }

    private static String chunk(String id, String choices, String more) {
        return "data: {'choices':["
                + choices
                + "],'created':17,'id':'"
                + id
                + "','model':'m'"
                + more
                + "}\n\n";
    }

    private static String delta(int index, String text) {
        return "{'finish_reason':null,'index':" + index + ",'delta':{'content':'" + text + "'}}";
    }

    private static String finish(int index) {
        return "{'finish_reason':'stop','index':" + index + ",'delta':{}}";
    }

    private void pass(SplitRequest request, String text) {
        byte[] stream = bytes(text);
        for (int at = 0; at < stream.length; at += 7) {
            request.stream().pass(stream, at, Math.min(7, stream.length - at), out::write);
        }
        request.stream().endPart(out::write);
    }

    @Test
    void streamsBecomeOne() {
        SplitRequest request = request("'messages':[],'n':3", true);
        request.ask(body, 2);
        String told = "," + usage(23, 3, 22) + ",'timings':{'predicted_n':3}";
        pass(
                request,
                chunk("x", delta(1, "b"), "")
                        + chunk("x", delta(0, "a"), "")
                        + ": keepalive\n\n"
                        + chunk("x", finish(1), "")
                        + chunk("x", "", told)
                        + chunk("x", finish(0), "")
                        + chunk("x", "", told)
                        + "data: [DONE]\n\n");
        assertThat(request.goOn()).isTrue();
        request.ask(body, 2);
        pass(
                request,
                chunk("y", delta(0, "c"), "")
                        + chunk("y", finish(0), "")
                        + chunk("y", "", told)
                        + "data: [DONE]");
        assertThat(request.atLast()).isTrue();
        request.stream().end(out::write);
        String all =
                chunk("x", delta(1, "b"), "")
                        + chunk("x", delta(0, "a"), "")
                        + ": keepalive\n\n"
                        + chunk("x", finish(1), "")
                        + chunk("x", finish(0), "")
                        + chunk("x", delta(2, "c"), "")
                        + chunk("x", finish(2), "")
                        + chunk("x", "", "," + usage(23, 9, 22) + ",'timings':{'predicted_n':3}")
                        + "data: [DONE]\n\n";
        assertThat(out.toString(UTF_8)).isEqualTo(new String(bytes(all), UTF_8));
        assertThat(request.usage()).isEqualTo(new Usage(23L, 9L, 22L));
    }

    @Test
    void usageThatNobodyAskedForIsCountedAndNotSent() {
        SplitRequest request = request("'messages':[],'n':2", false);
        request.ask(body, 1);
        pass(request, chunk("x", finish(0), "") + chunk("x", "", "," + usage(5, 2, 0)));
        request.goOn();
        request.ask(body, 1);
        pass(request, chunk("y", finish(0), "") + chunk("y", "", "," + usage(5, 2, 0)));
        request.stream().end(out::write);
        assertThat(out.toString(UTF_8)).doesNotContain("usage").endsWith("data: [DONE]\n\n");
        assertThat(request.usage()).isEqualTo(new Usage(5L, 4L, 0L));
    }

    /// It may come with each of its chunks, growing.
    @Test
    void whatStandsInTheAnswersChunksCountsOnceForEach() {
        SplitRequest request = request("'prompt':['a','b'],'n':2", false);
        request.ask(body, 4);
        String timings = ",'timings':{'cache_n':2,'prompt_n':1,'predicted_n':%d}";
        StringBuilder all = new StringBuilder("data: null\n\n");
        for (int i = 0; i < 4; i++) {
            all.append(chunk("x", delta(i, "t"), timings.formatted(1)));
            all.append(chunk("x", finish(i), timings.formatted(2)));
        }
        pass(request, all + "data: [DONE]\n\n");
        assertThat(request.usage()).isEqualTo(new Usage(6L, 8L, 4L));
        assertThat(out.toString(UTF_8)).doesNotContain("null\n");
    }
}
