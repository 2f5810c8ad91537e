package cortex.gateway.deadly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.fleet.EngineEnds;
import cortex.gateway.fleet.FleetSnapshot.Engines;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeadlyTest {
    private static final String DIE = "{\"model\":\"m\",\"seed\":1,\"messages\":[\"DIE\"]}";
    private static final String OTHER = "{\"model\":\"m\",\"messages\":[\"hi\"]}";

    private final TestTime time = new TestTime();
    private final Map<Long, String> ended = new HashMap<>();
    private final Set<Long> serving = new HashSet<>();
    private final Deadly deadly =
            new Deadly(
                    Duration.ofMinutes(10),
                    time,
                    () -> new Engines(ended, serving),
                    new EngineEnds(time));
    private final Deadly.Where here = new Deadly.Where("n1", 1);

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
                new Failure.EngineDied("m", "the engine ended (signal 6)", "words", requests),
                here);
        ended.put(here.generation(), "the engine was ended by signal 6");
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

    /// Bob has an innocent request blamed, by a deadly one of his beside it.
    private void diesBeside(String innocent, int death) {
        Deadly.Where where = new Deadly.Where("n1", death);
        ended.put(where.generation(), "the engine was ended by signal 6");
        dies("bob", innocent, 2, where);
        dies("bob", "{\"messages\":[" + death + "]}", 2, where);
        time.pass(Duration.ofSeconds(40));
    }

    @Test
    void whoSendsAnothersRequestBesideADeadlyOneHasItRefusedToItselfOnly() {
        diesBeside(OTHER, 1);
        diesBeside(OTHER, 2);
        passes("alice", OTHER);
        assertThat(refusal("bob", OTHER).status()).isEqualTo(422);
        passes("bob", "{\"messages\":[]}");
    }

    @Test
    void whoSendsItOnceAloneOfItsOwnDoesNotGetAround() {
        dies("bob", OTHER, 2, new Deadly.Where("n1", 1));
        dies("bob2", DIE, 2, new Deadly.Where("n1", 1));
        time.pass(Duration.ofSeconds(40));
        diesBeside(OTHER, 2);
        passesAt("n1", "alice", OTHER);
    }

    @Test
    void oneBesideRequestsThatNobodyTellsOfIsRefusedToItsClientOnly() {
        dies("bob", OTHER, 2, new Deadly.Where("n1", 1));
        dies("bob", OTHER, 2, new Deadly.Where("n1", 2));
        passesAt("n1", "alice", OTHER);
        assertThat(refusalAt("n1", "bob", OTHER).status()).isEqualTo(422);
    }

    @Test
    void anAnswerClearsOneThatWasThereAmongOthers() {
        dies("bob", OTHER, 2, new Deadly.Where("n1", 1));
        dies("bob1", DIE, 2, new Deadly.Where("n1", 1));
        deadly.answered(of("alice", OTHER));
        dies("bob", OTHER, 2, new Deadly.Where("n1", 2));
        dies("bob2", DIE + " ", 2, new Deadly.Where("n1", 2));
        passesAt("n1", "alice", OTHER);
        dies("bob", DIE, 1, new Deadly.Where("n1", 3));
        deadly.answered(of("alice", DIE));
        assertThat(refusalAt("n1", "alice", DIE).status()).isEqualTo(422);
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
        answered("alice", 3);
        for (int i = 0; i < 1500; i++) {
            dies("bob" + i, "{\"messages\":[" + i + "]}", 1);
        }
        assertThat(refusalAt("n1", "alice", "{\"messages\":[1499]}").status()).isEqualTo(422);
        assertThatCode(() -> deadly.check(of("alice", "{\"messages\":[0]}"), "n1"))
                .doesNotThrowAnyException();
    }

    private void dies(String client, String body, int requests, Deadly.Where where) {
        deadly.died(
                of(client, body),
                new Failure.EngineDied("m", "the engine ended (signal 6)", "words", requests),
                where);
    }

    private Failure refusalAt(String node, String client, String body) {
        try {
            deadly.check(of(client, body), node);
            throw new AssertionError("it passed");
        } catch (FailureException e) {
            return e.failure();
        }
    }

    private void passesAt(String node, String client, String body) {
        assertThatCode(() -> deadly.check(of(client, body), node)).doesNotThrowAnyException();
    }

    @Test
    void whatOneNodeTellsCountsForItselfUntilItsReportShowsIt() {
        dies("alice", DIE, 1, new Deadly.Where("n2", 7));
        passes("alice", OTHER);
        passesAt("n1", "alice", DIE);
        assertThat(refusalAt("n2", "alice", OTHER)).isInstanceOf(Failure.Overloaded.class);
        ended.put(7L, "the engine was ended by signal 6");
        assertThat(refusal("alice", OTHER)).isInstanceOf(Failure.Overloaded.class);
        assertThat(refusal("carol", DIE).status()).isEqualTo(422);
    }

    @Test
    void aDeathThatTheReportDoesNotShowIsNone() {
        dies("alice", DIE, 1, new Deadly.Where("n2", 7));
        serving.add(7L);
        time.pass(Duration.ofSeconds(1));
        passesAt("n2", "alice", OTHER);
        passesAt("n2", "alice", DIE);
        passes("alice", OTHER);
    }

    @Test
    void twoNodesAreBelieved() {
        dies("bob", DIE, 1, new Deadly.Where("n1", 7));
        dies("bob", OTHER, 1, new Deadly.Where("n2", 8));
        assertThat(refusal("bob", "{}")).isInstanceOf(Failure.Overloaded.class);
        assertThat(refusalAt("n3", "bob", "{}")).isInstanceOf(Failure.Overloaded.class);
    }

    @Test
    void aNodeWhoseEnginesDieOfEverybodysRequestsCountsForItselfOnly() {
        for (int i = 1; i <= 3; i++) {
            ended.put((long) i, "the engine was ended by signal 6");
            dies("client" + i, "{\"messages\":[" + i + "]}", 1, new Deadly.Where("n2", i));
        }
        passes("client1", OTHER);
        passesAt("n1", "client3", OTHER);
        assertThat(refusalAt("n2", "client3", OTHER)).isInstanceOf(Failure.Overloaded.class);
    }

    @Test
    void whoeverRodeWithOneThatIsHeldOffIsNoSuspect() {
        dies("bob", DIE, 1, new Deadly.Where("n1", 1));
        dies("alice", OTHER, 2, new Deadly.Where("n1", 2));
        dies("bob", "{\"messages\":[2]}", 2, new Deadly.Where("n1", 2));
        passesAt("n1", "alice", "{\"messages\":[3]}");
        assertThat(refusalAt("n1", "bob", OTHER).retryAfter()).isEqualTo(Duration.ofSeconds(30));
    }

    /// Bob sends another deadly request each time, Carol is new and asks for long answers.
    @Test
    void anInnocentNewcomerIsNotHeldOffWithTheKiller() {
        dies("carol", "{\"messages\":[\"c1\"]}", 2, new Deadly.Where("n1", 1));
        dies("bob", "{\"messages\":[1]}", 2, new Deadly.Where("n1", 1));
        boolean carolWasHeld = isHeld("carol");
        assertThat(isHeld("bob")).isNotEqualTo(carolWasHeld);
        String other = carolWasHeld ? "alice" : "carol";
        if (carolWasHeld) {
            answered("alice", 50);
        }
        time.pass(Duration.ofSeconds(6));
        dies(other, "{\"messages\":[\"c1\"]}", 2, new Deadly.Where("n1", 2));
        dies("bob", "{\"messages\":[2]}", 2, new Deadly.Where("n1", 2));
        assertThat(isHeld("bob")).isTrue();
        assertThat(isHeld(other)).isFalse();
        time.pass(Duration.ofSeconds(31));
        dies("carol", "{\"messages\":[\"c1\"]}", 2, new Deadly.Where("n1", 3));
        dies("bob", "{\"messages\":[3]}", 2, new Deadly.Where("n1", 3));
        passesAt("n1", "carol", "{\"messages\":[\"c1\"]}");
        assertThat(isHeld("bob")).isTrue();
    }

    private boolean isHeld(String client) {
        try {
            deadly.check(of(client, "{\"messages\":[\"of no death\"]}"), "n1");
            return false;
        } catch (FailureException e) {
            return true;
        }
    }

    @Test
    void whoSendsItAgainBesideTheKillerIsNotCondemned() {
        String again = "{\"messages\":[\"again\"]}";
        for (int death = 1; death <= 3; death++) {
            dies("carol", again, 2, new Deadly.Where("n1", death));
            dies("bob", "{\"messages\":[" + death + "]}", 2, new Deadly.Where("n1", death));
            time.pass(Duration.ofSeconds(40));
        }
        passesAt("n1", "dave", again);
    }

    @Test
    void aVerdictThatALaterTellerRefutesIsTakenBack() {
        dies("bob", DIE, 1, new Deadly.Where("n1", 1));
        time.pass(Duration.ofSeconds(6));
        dies("carol", "{\"messages\":[1]}", 3, new Deadly.Where("n1", 2));
        dies("dave", "{\"messages\":[2]}", 3, new Deadly.Where("n1", 2));
        assertThat(isHeld("carol") || isHeld("dave")).isTrue();
        dies("bob", "{\"messages\":[3]}", 3, new Deadly.Where("n1", 2));
        assertThat(isHeld("carol") || isHeld("dave")).isFalse();
        assertThat(isHeld("bob")).isTrue();
    }

    @Test
    void newAddressesForEachDeathHoldOffAllThatAreNew() {
        answered("alice", 3);
        for (int i = 1; i <= 3; i++) {
            assertThat(isHeld("carol")).isFalse();
            dies("bob" + i, "{\"messages\":[" + i + "]}", 1, new Deadly.Where("n1", i));
        }
        Failure refused = refusalAt("n1", "carol", OTHER);
        assertThat(refused).isInstanceOf(Failure.Overloaded.class);
        assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(5));
        passesAt("n1", "alice", OTHER);
        time.pass(Duration.ofSeconds(6));
        dies("bob4", "{\"messages\":[4]}", 1, new Deadly.Where("n1", 4));
        assertThat(refusalAt("n1", "carol", OTHER).retryAfter()).isEqualTo(Duration.ofSeconds(30));
        laterOn();
        dies("bob5", "{\"messages\":[5]}", 1, new Deadly.Where("n1", 5));
        assertThat(isHeld("carol")).isFalse();
    }

    @Test
    void whoLeftJustBeforeIsASuspectAndWhoStayedIsNotAlone() {
        answered("alice", 1);
        deadly.left(of("bob", DIE), here);
        time.pass(Duration.ofSeconds(1));
        dies("alice", OTHER, 1);
        passes("alice", OTHER);
        assertThat(refusal("bob", "{}")).isInstanceOf(Failure.Overloaded.class);
        passes("carol", DIE);
    }

    @Test
    void whoLeftAnEngineThatDiedWithNobodyElseInItIsTheCause() {
        deadly.left(of("bob", DIE), here);
        ended.put(here.generation(), "the engine was ended by signal 6; its last words: x");
        passes("bob", OTHER);
        time.pass(Duration.ofSeconds(3));
        assertThat(refusal("bob", OTHER)).isInstanceOf(Failure.Overloaded.class);
        Failure equal = refusal("alice", DIE);
        assertThat(equal.status()).isEqualTo(422);
        assertThat(equal.message()).doesNotContain("last words");
    }

    @Test
    void whoLeftAnEngineThatSomebodyKilledOrThatServesOnIsNot() {
        deadly.left(of("bob", DIE), here);
        ended.put(here.generation(), "the engine was ended by signal 9 (KILL: by hand)");
        time.pass(Duration.ofSeconds(3));
        passes("bob", DIE);
        for (int i = 0; i < 1000; i++) {
            deadly.left(of("carol", DIE), new Deadly.Where("n1", 5));
        }
        serving.add(5L);
        time.pass(Duration.ofSeconds(11));
        passes("carol", DIE);
    }

    @Test
    void withoutAMemoryNobodyIsRefused() {
        Deadly none = new Deadly(Duration.ZERO, time, () -> Engines.NONE, new EngineEnds(time));
        none.died(of("bob", DIE), new Failure.EngineDied("m", "e", null, 1), here);
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
