package cortex.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What no request may hold, and what of one no engine gets, in any dialect.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestBoundsTest {
    private final Bench bench = new Bench();

    @AfterAll
    void stop() throws Exception {
        bench.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions | 'messages':[],'stream_options':{'include_usage':true}",
                "/v1/messages         | 'messages':[{'role':'user','content':'x'}],'max_tokens':9",
                "/v1/responses        | 'input':'x'",
            })
    void whatTheEngineHadInItsCacheMayBeKeptQuiet(String path, String fields) throws Exception {
        try (Bench hiding = Bench.hidingCached()) {
            hiding.engine.script = Answers.WHOLE;
            String body = "{'model':'tiny','stream':true," + fields + "}";
            String answer = hiding.post(path, body.replace('\'', '"')).body();
            assertThat(answer)
                    .containsPattern("\"(prompt|input)_tokens\":7")
                    .doesNotContainPattern("cache[a-z_]*tokens\":[1-9]");
            bench.engine.script = Answers.WHOLE;
            assertThat(bench.post(path, body.replace('\'', '"')).body())
                    .containsPattern("cache[a-z_]*tokens\":3");
        }
    }

    private String refused(String path, String body) throws Exception {
        bench.engine.script = (request, wire) -> wire.json(200, "{}");
        var answer = bench.post(path, body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        return answer.body();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions | max_n      | 'messages':[],'n':1000",
                "/v1/completions      | max_n      | 'prompt':'x','best_of':1000",
                "/v1/completions      | max_n      | 'prompt':['a','b'],'n':33",
            })
    void moreAnswersThanOneMayAskFor(String path, String key, String fields) throws Exception {
        assertThat(refused(path, "{'model':'tiny'," + fields + "}")).contains(key);
    }

    @Test
    void moreOfAnythingThanOneMayBring() throws Exception {
        String inputs = "'a',".repeat(2048) + "'a'";
        assertThat(refused("/v1/completions", "{'model':'tiny','prompt':[" + inputs + "]}"))
                .contains("max_n");
        assertThat(refused("/v1/embeddings", "{'model':'tiny','input':[" + inputs + "]}"))
                .contains("max_inputs");
        assertThat(
                        refused(
                                "/v1/rerank",
                                "{'model':'tiny','query':'q','documents':[" + inputs + "]}"))
                .contains("max_inputs");
        String turns = "{'role':'user','content':'a'},".repeat(20_000) + "{}";
        for (String path : new String[] {"chat/completions", "messages", "messages/count_tokens"}) {
            String model = "{'model':'tiny','max_tokens':1,";
            assertThat(refused("/v1/" + path, model + "'messages':[" + turns + "]}"))
                    .contains("max_turns");
        }
        assertThat(refused("/v1/responses", "{'model':'tiny','input':[" + turns + "]}"))
                .contains("max_turns");
    }

    @ParameterizedTest
    @CsvSource({
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9090/models",
        "file:///etc/passwd",
        "/etc/passwd"
    })
    void noEngineIsGivenAnAddress(String url) throws Exception {
        String chat =
                "{'model':'tiny','messages':[{'role':'user','content':[{'type':'image_url',"
                        + "'image_url':{'url':'URL'}}]}]}";
        String messages =
                "{'model':'tiny','max_tokens':9,'messages':[{'role':'user','content':[{'type':"
                        + "'image','source':{'type':'url','url':'URL'}}]}]}";
        String responses =
                "{'model':'tiny','input':[{'role':'user','content':[{'type':'input_image',"
                        + "'image_url':'URL'}]}]}";
        String no = "cannot be used";
        assertThat(refused("/v1/chat/completions", chat.replace("URL", url))).contains(no);
        assertThat(refused("/v1/messages", messages.replace("URL", url))).contains(no);
        assertThat(refused("/v1/responses", responses.replace("URL", url))).contains(no);
    }

    /// Whatever form a prompt has, an address in it is found: alone, in a list, in a list of lists,
    /// and beside the prompt.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'prompt_string':'x','multimodal_data':['URL']}",
                "[{'prompt_string':'x','multimodal_data':['URL']}]",
                "[['x',{'prompt_string':'x','multimodal_data':['URL']}]]",
                "[[['x',{'multimodal_data':['URL']}]]]",
                "{'image_url':{'url':'URL'}}",
                "{'a':{'image':'URL'}}",
                "'x','images':['URL']",
                "'x','image_url':{'url':'URL'}",
                "'x','multimodal_data':'URL'",
            })
    void noPromptBringsAnAddress(String prompt) throws Exception {
        String url = prompt.replace("URL", "file:///etc/passwd");
        assertThat(refused("/v1/embeddings", "{'model':'tiny','input':" + url + "}"))
                .contains("must be images or sounds in base64");
        assertThat(refused("/v1/embeddings", "{'model':'tiny','content':" + url + "}"))
                .contains("must be images or sounds in base64");
        assertThat(refused("/v1/completions", "{'model':'tiny','prompt':" + url + "}"))
                .contains("must be images or sounds in base64");
        assertThat(refused("/v1/rerank", "{'model':'tiny','query':" + url + ",'documents':['a']}"))
                .contains("must be images or sounds in base64");
        assertThat(refused("/v1/rerank", "{'model':'tiny','query':'q','documents':" + url + "}"))
                .contains("must be images or sounds in base64");
    }
}
