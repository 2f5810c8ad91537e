package cortex.gateway.deadly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlyTest {
    private static final String DIE = "{\"model\":\"m\",\"seed\":1,\"messages\":[\"DIE\"]}";
    private static final String OTHER = "{\"model\":\"m\",\"messages\":[\"hi\"]}";

    private final TestTime time = new TestTime();
    private final Deadly deadly = new Deadly(Duration.ofMinutes(10), time);

    private Deadly.Request of(String client, String body) {
        return of("/chat/completions", client, body);
    }

    private Deadly.Request of(String route, String client, String body) {
        String mark = deadly.mark(body.getBytes(StandardCharsets.UTF_8));
        return new Deadly.Request(route, "m", client, mark);
    }

    private void dies(String client, String body, int requests) {
        deadly.died(
                of(client, body),
                new Failure.EngineDied("m", "the engine ended (signal 6)", "words", requests));
    }

    private Failure refusal(String client, String body) {
        try {
            deadly.check(of(client, body));
            throw new AssertionError("it passed");
        } catch (FailureException e) {
            return e.failure();
        }
    }

    private void passes(String client, String body) {
        assertThatCode(() -> deadly.check(of(client, body))).doesNotThrowAnyException();
    }

    @Test
    void oneThatWasAloneIsRefusedToEverybodyForAWhile() {
        dies("bob", DIE, 1);
        Failure refused = refusal("alice", DIE);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.message())
                .contains("00:00:00 UTC", "the engine ended (signal 6)", "600 s")
                .doesNotContain("words");
        passes("alice", OTHER);
        time.pass(Duration.ofMinutes(11));
        passes("alice", DIE);
    }

    @Test
    void anEqualOneIsEqualWhateverChangesBetweenTries() {
        dies("bob", DIE, 1);
        assertThat(
                        refusal(
                                        "alice",
                                        "{ \"model\" : \"alias\",\"messages\":[\"DIE\"] ,"
                                                + " \"stream\":true, \"user\":\"x\" }")
                                .status())
                .isEqualTo(422);
        passes("alice", "{\"messages\":[\"DIE\"],\"max_tokens\":1}");
        assertThatCode(() -> deadly.check(of("/messages", "alice", DIE)))
                .doesNotThrowAnyException();
    }

    private void answered(String client, int times) {
        for (int i = 0; i < times; i++) {
            deadly.answered(of(client, OTHER));
        }
    }

    private void laterOn() {
        time.pass(Duration.ofMinutes(11));
    }

    @Test
    void aBystanderIsNotCondemned() {
        answered("alice", 1);
        dies("bob", DIE, 2);
        dies("alice", OTHER, 2);
        passes("alice", OTHER);
        passes("carol", DIE);
        time.pass(Duration.ofSeconds(30));
        answered("carol", 1);
        dies("bob", DIE, 2);
        dies("carol", "{\"messages\":[\"third\"]}", 2);
        assertThat(refusal("carol", DIE).status()).isEqualTo(422);
        passes("alice", OTHER);
        passes("carol", "{\"messages\":[\"third\"]}");
    }

    @Test
    void whoeverCausedItIsHeldOffLongerEachTime() {
        int[] waits = {5, 30, 120, 600, 600};
        for (int i = 0; i < waits.length; i++) {
            dies("bob", "{\"messages\":[" + i + "]}", 1);
            Failure refused = refusal("bob", OTHER);
            assertThat(refused).isInstanceOf(Failure.Overloaded.class);
            assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(waits[i]));
            passes("alice", OTHER);
            time.pass(Duration.ofSeconds(waits[i]));
            passes("bob", OTHER);
        }
    }

    @Test
    void ofSeveralTheOneWithMostAnswersIsNotHeldOffInWhateverOrderTheyAreTold() {
        answered("alice", 2);
        dies("bob", DIE, 3);
        passes("bob", OTHER);
        dies("alice", OTHER, 3);
        assertThat(refusal("bob", OTHER)).isInstanceOf(Failure.Overloaded.class);
        dies("carol", OTHER, 3);
        passes("alice", OTHER);
        assertThat(refusal("carol", DIE)).isInstanceOf(Failure.Overloaded.class);
    }

    @Test
    void whoWasHeldOffBeforeIsHeldOffAgainWhenNobodyHasGotAnAnswerSince() {
        answered("alice", 1);
        dies("alice", "{\"messages\":[1]}", 2);
        dies("bob", "{\"messages\":[2]}", 2);
        time.pass(Duration.ofSeconds(6));
        dies("bob", "{\"messages\":[3]}", 2);
        dies("alice", "{\"messages\":[4]}", 2);
        passes("alice", OTHER);
        assertThat(refusal("bob", OTHER).retryAfter()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void manyWhoseAnswersSpeakForThemAreNotHeldOff() {
        for (String client : new String[] {"alice", "carol", "dave"}) {
            answered(client, 5);
            dies(client, OTHER, 4);
            passes(client, OTHER);
        }
        dies("bob", DIE, 4);
        passes("alice", DIE);
        passes("carol", DIE);
        passes("dave", DIE);
        assertThat(refusal("bob", OTHER)).isInstanceOf(Failure.Overloaded.class);
    }

    @Test
    void oneWhoIsThereAtManyDeathsNeedsManyAnswers() {
        for (int death = 0; death < 3; death++) {
            answered("alice", 50);
            answered("bob", 3);
            dies("bob", "{\"messages\":[" + death + "]}", 2);
            dies("alice", "{\"messages\":[\"a" + death + "\"]}", 2);
            time.pass(Duration.ofSeconds(20));
        }
        passes("alice", OTHER);
        answered("alice", 50);
        dies("alice", "{\"messages\":[\"x\"]}", 2);
        dies("bob", "{\"messages\":[\"y\"]}", 2);
        assertThat(refusal("bob", OTHER)).isInstanceOf(Failure.Overloaded.class);
    }

    @Test
    void allRequestsOfOneClientAreItsOwnFault() {
        dies("bob", DIE, 2);
        passes("bob", OTHER);
        dies("bob", OTHER, 2);
        assertThat(refusal("bob", "{\"messages\":[]}")).isInstanceOf(Failure.Overloaded.class);
        laterOn();
        passes("bob", OTHER);
    }

    @Test
    void thousandsOfThemAreBounded() {
        for (int i = 0; i < 1500; i++) {
            dies("bob" + i, "{\"messages\":[" + i + "]}", 1);
        }
        passes("alice", "{\"messages\":[0]}");
        assertThat(refusal("alice", "{\"messages\":[1499]}").status()).isEqualTo(422);
    }

    @Test
    void withoutAMemoryNobodyIsRefused() {
        Deadly none = new Deadly(Duration.ZERO, time);
        none.died(of("bob", DIE), new Failure.EngineDied("m", "e", null, 1));
        assertThatCode(() -> none.check(of("bob", DIE))).doesNotThrowAnyException();
    }

    @Test
    void aBodyThatIsNoJsonIsEqualByItsBytes() {
        dies("bob", "{\"a\":", 1);
        assertThatThrownBy(() -> deadly.check(of("alice", "{\"a\":")))
                .isInstanceOf(FailureException.class);
        passes("alice", "{\"b\":");
    }
}
