package cortex.core.dialect.openai.parts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.dialect.RequestCost;
import cortex.core.dialect.RequestScan;
import cortex.core.failure.FailureException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitRequestTest {
    private static byte[] json(String text) {
        return ("{'model':'m'," + text + "}").replace('\'', '"').getBytes(UTF_8);
    }

    /// What engines are asked for one after the other, less the model.
    private static List<String> parts(String text, int most) {
        byte[] body = json(text);
        SplitRequest request = SplitRequest.of(body, RequestScan.of(body).cost(), false);
        List<String> asked = new ArrayList<>();
        do {
            String part = new String(request.ask(body, most), UTF_8).replace('"', '\'');
            asked.add(part.substring("{'model':'m',".length(), part.length() - 1));
        } while (request.goOn());
        assertThat(request.left()).isZero();
        return asked;
    }

    @Test
    void aPromptsAnswersAreDivided() {
        assertThat(parts("'messages':[],'n':5,'stop':'x'", 2))
                .containsExactly(
                        "'messages':[],'n':2,'stop':'x'",
                        "'messages':[],'n':2,'stop':'x'",
                        "'messages':[],'n':1,'stop':'x'");
    }

    @Test
    void promptsAreDivided() {
        assertThat(parts("'prompt':['a','b','c']", 2))
                .containsExactly("'prompt':['a','b'],'n':1", "'prompt':['c'],'n':1");
        assertThat(parts("'prompt':['a','b','c'],'n':2", 5))
                .containsExactly("'prompt':['a','b'],'n':2", "'prompt':['c'],'n':2");
    }

    @Test
    void promptsOfManyAnswersAreDividedOneByOne() {
        assertThat(parts("'prompt':['a',['b']],'n':3", 2))
                .containsExactly(
                        "'prompt':['a'],'n':2",
                        "'prompt':['a'],'n':1",
                        "'prompt':[['b']],'n':2",
                        "'prompt':[['b']],'n':1");
    }

    @Test
    void tokensAreOnePrompt() {
        assertThat(parts("'prompt':[1,2,3],'n':2", 1))
                .containsExactly("'prompt':[1,2,3],'n':1", "'prompt':[1,2,3],'n':1");
    }

    @Test
    void theEnginesOwnNameForTheirNumberGivesWay() {
        assertThat(parts("'prompt':'a','n_cmpl':2", 1))
                .containsExactly("'prompt':'a','n':1", "'prompt':'a','n':1");
    }

    /// Or the same answers would come again with each part.
    @Test
    void answersHaveSeedsOfTheirOwn() {
        assertThat(parts("'messages':[],'n':3,'seed':7", 1))
                .extracting(part -> part.replaceAll(".*'seed':", ""))
                .containsExactly("7", "8", "9");
        assertThat(parts("'messages':[],'n':2,'seed':-1", 1).getLast()).endsWith("'seed':-1");
        assertThat(parts("'prompt':['a','b'],'seed':7", 1).getLast()).contains("'seed':7");
    }

    @Test
    void onePartMayGetFewerThanTheOneBefore() {
        byte[] body = json("'messages':[],'n':4");
        SplitRequest request = SplitRequest.of(body, RequestScan.of(body).cost(), false);
        request.ask(body, 3);
        assertThat(request.atLast()).isFalse();
        assertThat(new String(request.ask(body, 1), UTF_8)).contains("\"n\":1");
        assertThat(request.goOn()).isTrue();
        assertThat(request.left()).isEqualTo(3);
        assertThat(new String(request.ask(body, Integer.MAX_VALUE), UTF_8)).contains("\"n\":3");
        assertThat(request.goOn()).isFalse();
    }

    @Test
    void theBestIsFoundAmongNoMoreThanMayBeMadeAtOnce() {
        assertThat(parts("'prompt':'a','best_of':5", 3))
                .containsExactly("'prompt':'a','best_of':3,'n':1");
        assertThat(parts("'prompt':'a','n':3,'best_of':4", 2))
                .containsExactly("'prompt':'a','n':2", "'prompt':'a','n':1,'best_of':2");
        assertThat(parts("'prompt':'a','best_of':3", 1)).containsExactly("'prompt':'a','n':1");
    }

    @Test
    void whatNoEngineReadsInAChatDoesNotKeepItWhole() {
        for (String more :
                List.of("'best_of':4", "'best_of':1", "'prompt':['x']", "'prompt':'x'")) {
            assertThat(parts("'messages':[],'n':4," + more, 3))
                    .containsExactly("'messages':[],'n':3", "'messages':[],'n':1");
        }
        assertThat(parts("'messages':[],'n':2,'prompt':['a','b']", 3))
                .as("two answers, counted as four")
                .containsExactly("'messages':[],'n':2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'messages':[],'n':3,'n_cmpl':2",
                "'messages':[],'n':4,'n':1",
                "'prompt':'a','best_of':4,'best_of':1",
                "'prompt':['a','b'],'prompt':'a'",
                "'input':['a','b']"
            })
    void whatDoesNotSayHowManyItAsksForIsRefused(String text) {
        byte[] body = json(text);
        RequestCost cost = RequestScan.of(body).cost();
        assertThatThrownBy(() -> SplitRequest.of(body, cost, false))
                .isInstanceOf(FailureException.class)
                .hasMessageStartingWith("n: give 'n', 'best_of' and 'prompt' once each");
    }

    @ParameterizedTest
    @CsvSource({"7,2,3", "1,5,2", "4,4,4", "9,1,4", "2,6,5", "3,3,100"})
    void everyAnswerIsAskedForOnce(int prompts, int each, int most) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            texts.add("'p" + i + "'");
        }
        int answers = 0;
        for (String part :
                parts("'prompt':" + texts.toString().replace(" ", "") + ",'n':" + each, most)) {
            int asked = part.split("'p\\d", -1).length - 1;
            int n = Integer.parseInt(part.replaceAll(".*'n':", ""));
            assertThat(asked * n).isBetween(1, most);
            answers += asked * n;
        }
        assertThat(answers).isEqualTo(prompts * each);
    }
}
