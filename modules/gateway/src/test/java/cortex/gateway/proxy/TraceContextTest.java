package cortex.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.HeaderValues;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.WritableHeaders;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    private static final String PARENT = "00-" + TRACE + "-01";
    private static final int MUTANTS = Integer.getInteger("cortex.fuzz", 2000);

    @Test
    void goesOnAsItCame() {
        HttpHeaders sent = forward(List.of(PARENT), List.of("a=1,b@c=x y", "d=2"));
        assertThat(sent.allValues("traceparent")).containsExactly(PARENT);
        assertThat(sent.allValues("tracestate")).containsExactly("a=1,b@c=x y,d=2");
    }

    @Test
    void mayBeOfALaterVersionThatSaysMore() {
        assertThat(forward(List.of("01-" + TRACE + "-01-more"), List.of()).map()).hasSize(1);
        assertThat(forward(List.of("00-" + TRACE + "-01-more"), List.of()).map()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-abc-def-01",
                "\ufffd",
                "ff-" + TRACE + "-01",
                "00-" + TRACE + "-0g",
                "00-" + TRACE + "-01 ",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"
            })
    void stopsHereWhenTheParentIsNone(String parent) {
        assertThat(forward(List.of(parent), List.of("a=1")).map()).isEmpty();
    }

    @Test
    void stopsHereWhenThereAreTwoParents() {
        assertThat(forward(List.of(PARENT, PARENT), List.of()).map()).isEmpty();
        assertThat(forward(List.of(), List.of("a=1")).map()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "a", "a=", "A=1", "a=\ufffd", "a=b=c", "=1", "a=1,\u007f=2"})
    void losesAStateThatIsNone(String state) {
        assertThat(forward(List.of(PARENT), List.of(state)).map()).containsOnlyKeys("traceparent");
    }

    @Test
    void losesAStateOfTooManyMembers() {
        assertThat(forward(List.of(PARENT), List.of("a=1,".repeat(32))).map()).hasSize(2);
        assertThat(forward(List.of(PARENT), List.of("a=1,".repeat(33))).map()).hasSize(1);
    }

    @Test
    void isNeverAnExceptionWhateverTheClientSends() {
        Random random = new Random(5);
        for (int i = 0; i < MUTANTS; i++) {
            assertThat(forward(List.of(mutant(random, PARENT)), List.of(mutant(random, "a=1,b=2"))))
                    .isNotNull();
        }
    }

    private static String mutant(Random random, String from) {
        StringBuilder text = new StringBuilder(from);
        for (int i = random.nextInt(3); i > 0; i--) {
            text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x110));
        }
        return text.toString();
    }

    private static HttpHeaders forward(List<String> parents, List<String> states) {
        WritableHeaders<?> headers = WritableHeaders.create();
        if (!parents.isEmpty()) {
            headers.set(HeaderValues.create(TraceContext.PARENT, parents));
        }
        if (!states.isEmpty()) {
            headers.set(HeaderValues.create(TraceContext.STATE, states));
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://h/"));
        TraceContext.forward(ServerRequestHeaders.create(headers), request);
        return request.build().headers();
    }
}
