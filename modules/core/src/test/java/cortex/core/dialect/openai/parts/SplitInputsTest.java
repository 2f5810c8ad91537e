package cortex.core.dialect.openai.parts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.dialect.openai.parts.SplitInputs.Kind;
import cortex.core.failure.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitInputsTest {
    private static byte[] json(String text) {
        return ("{'model':'m'," + text + "}").replace('\'', '"').getBytes(UTF_8);
    }

    private static @Nullable SplitInputs of(String text, Kind kind) {
        return SplitInputs.of(json(text), kind);
    }

    /// What engines are asked for one after the other, less the model.
    private static List<String> parts(String text, Kind kind, int most) {
        byte[] body = json(text);
        SplitInputs request = SplitInputs.of(body, kind);
        List<String> asked = new ArrayList<>();
        if (request == null) {
            return asked;
        }
        do {
            int length = request.length(body, most);
            String part = new String(request.ask(body, most), UTF_8).replace('"', '\'');
            assertThat(part.length()).isLessThanOrEqualTo(length);
            asked.add(part.substring("{'model':'m',".length(), part.length() - 1));
        } while (request.goOn());
        assertThat(request.left()).isZero();
        return asked;
    }

    @Test
    void textsAreDividedAndKeepTheirBytes() {
        assertThat(parts("'input':['a,]',  'b\\u00e9',\n'c' ] , 'x':1.50", Kind.VECTORS, 2))
                .containsExactly(
                        "'input':['a,]',  'b\\u00e9'] , 'x':1.50", "'input':['c'] , 'x':1.50");
    }

    @Test
    void listsOfTokensAreInputsAndTokensAreOne() {
        assertThat(parts("'input':[[1,2],[3],'c']", Kind.VECTORS, 1))
                .containsExactly("'input':[[1,2]]", "'input':[[3]]", "'input':['c']");
        assertThat(of("'input':[1,2,3]", Kind.VECTORS)).isNull();
        assertThat(of("'input':['a',3]", Kind.VECTORS)).isNull();
    }

    @Test
    void whatIsNoListOfSeveralStaysWhole() {
        for (String one : List.of("'input':'a'", "'input':['a']", "'input':[]", "'prompt':[1]")) {
            assertThat(of(one, Kind.VECTORS)).as(one).isNull();
        }
        assertThat(of("'input':['a','b']", Kind.RANKS)).isNull();
        assertThat(of("'documents':['a','b']", Kind.VECTORS)).isNull();
    }

    @Test
    void documentsAreDividedAndAllOfAPartAreRanked() {
        assertThat(parts("'top_n':1,'documents':['a','b','c'],'query':'q'", Kind.RANKS, 2))
                .containsExactly(
                        "'top_n':2,'documents':['a','b'],'query':'q'",
                        "'top_n':1,'documents':['c'],'query':'q'");
        assertThat(parts("'texts':['a','b'],'documents':null,'top_n':null", Kind.RANKS, 1))
                .containsExactly(
                        "'texts':['a'],'documents':null,'top_n':1",
                        "'texts':['b'],'documents':null,'top_n':1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'input':['a','b'],'input':['c','d']",
                "'input':'a','content':['b','c']",
                "'documents':['a','b'],'texts':['c']",
                "'documents':['a','b'],'top_n':0",
                "'documents':['a','b'],'top_n':-1",
                "'documents':['a','b'],'top_n':'1'",
                "'documents':['a','b'],'top_n':1,'top_n':2"
            })
    void whatIsNotClearIsRefused(String text) {
        Kind kind = text.contains("documents") ? Kind.RANKS : Kind.VECTORS;
        assertThatThrownBy(() -> of(text, kind))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining(": give one ");
    }

    @Test
    void onePartMayGetFewerThanTheOneBefore() {
        byte[] body = json("'input':['a','b','c','d']");
        SplitInputs request = Objects.requireNonNull(SplitInputs.of(body, Kind.VECTORS));
        request.ask(body, 3);
        assertThat(new String(request.ask(body, 1), UTF_8)).contains("[\"a\"]");
        assertThat(request.atLast()).isFalse();
        assertThat(request.goOn()).isTrue();
        assertThat(request.left()).isEqualTo(3);
        request.ask(body, Integer.MAX_VALUE);
        assertThat(request.atLast()).isTrue();
        assertThat(request.goOn()).isFalse();
    }
}
