package cortex.gateway.deadly;

import static org.assertj.core.api.Assertions.assertThat;

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

/// Engines that are killed by signal 9: by hand, or because a client's requests want more memory
/// than there is.
class KilledEnginesTest {
    private static final String ENDING = "the engine ended (signal 9)";
    private static final String REPORT = "the engine was ended by signal 9 (KILL: by hand)";

    private final TestTime time = new TestTime();
    private final Map<Long, String> ended = new HashMap<>();
    private final Set<Long> serving = new HashSet<>();
    private final Deadly deadly =
            new Deadly(
                    Duration.ofMinutes(10),
                    time,
                    () -> new Engines(ended, serving),
                    new EngineEnds(time));
    private int bodies;
    private long load;

    private Deadly.Request of(String client, String body) {
        String mark = deadly.mark(body.getBytes(StandardCharsets.UTF_8));
        return new Deadly.Request("/chat/completions", "m", client, mark);
    }

    private String another() {
        return "{\"messages\":[" + bodies++ + "]}";
    }

    /// An engine is killed in which requests of these clients are; whether the last one told of may
    /// be tried again.
    private boolean kill(String... clients) {
        load++;
        boolean again = false;
        for (String client : clients) {
            again = told(client, another(), clients.length);
        }
        ended.put(load, REPORT);
        time.pass(Duration.ofSeconds(6));
        return again;
    }

    private boolean told(String client, String body, int requests) {
        return deadly.died(
                of(client, body),
                new Failure.EngineDied("m", ENDING, null, requests),
                new Deadly.Where("n1", load));
    }

    private void answered(String client) {
        for (int i = 0; i < 3; i++) {
            deadly.answered(of(client, another()));
        }
    }

    /// Whether a client is held off, and for how long when that has just begun.
    private Duration held(String client) {
        try {
            deadly.check(of(client, another()));
            return Duration.ZERO;
        } catch (FailureException e) {
            Duration left = e.failure().retryAfter();
            return left == null ? Duration.ZERO : left;
        }
    }

    /// Likewise, at the moment of the kill.
    private Duration heldAtKill(String client, String... there) {
        load++;
        for (String each : there) {
            told(each, another(), there.length);
        }
        ended.put(load, REPORT);
        return held(client);
    }

    @Test
    void whoWasAloneAtThreeKillsIsHeldOffLongerEachTime() {
        answered("alice");
        kill("bob");
        kill("bob");
        assertThat(held("bob")).isZero();
        assertThat(heldAtKill("bob", "bob")).isEqualTo(Duration.ofSeconds(5));
        assertThat(held("alice")).isZero();
        time.pass(Duration.ofSeconds(6));
        assertThat(held("bob")).isZero();
        assertThat(heldAtKill("bob", "bob")).isEqualTo(Duration.ofSeconds(30));
        assertThat(held("alice")).isZero();
        time.pass(Duration.ofMinutes(11));
        kill("bob");
        assertThat(held("bob")).as("what was is forgotten").isZero();
    }

    @Test
    void aCompanionOfItsOwnDoesNotHideIt() {
        kill("bob", "bob");
        kill("bob", "bob");
        assertThat(heldAtKill("bob", "bob", "bob")).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void whoSharesTheEngineWithTheKillerIsNotHeldOff() {
        answered("alice");
        kill("bob", "alice");
        kill("alice", "bob");
        kill("bob", "alice");
        assertThat(held("alice")).isZero();
        assertThat(held("bob")).as("it may have been either").isZero();
        assertThat(heldAtKill("bob", "bob", "carol")).isEqualTo(Duration.ofSeconds(5));
        assertThat(held("alice")).isZero();
        assertThat(held("carol")).isZero();
    }

    @Test
    void twoThatWereAlwaysThereAreToldApartByTheirAnswersAfterFiveKills() {
        answered("alice");
        for (int i = 0; i < 4; i++) {
            kill("bob", "alice");
            assertThat(held("bob")).isZero();
        }
        assertThat(heldAtKill("bob", "alice", "bob")).isEqualTo(Duration.ofSeconds(5));
        assertThat(held("alice")).isZero();
    }

    /// The killer has had answers, and an innocent client none.
    @Test
    void whoWasTakenForTheKillerIsNotAgainOnceTheyAreApart() {
        answered("bob");
        for (int i = 0; i < 4; i++) {
            kill("bob", "alice");
        }
        assertThat(heldAtKill("alice", "bob", "alice")).isEqualTo(Duration.ofSeconds(5));
        assertThat(heldAtKill("bob", "bob")).isEqualTo(Duration.ofSeconds(5));
        time.pass(Duration.ofSeconds(6));
        assertThat(heldAtKill("bob", "alice", "bob")).isEqualTo(Duration.ofSeconds(30));
        assertThat(held("alice")).isZero();
    }

    @Test
    void whoIsToldOfLaterTakesTheVerdictBack() {
        answered("alice");
        kill("bob", "alice");
        kill("bob", "alice");
        load++;
        told("bob", another(), 2);
        ended.put(load, REPORT);
        assertThat(held("bob")).isPositive();
        told("alice", another(), 2);
        assertThat(held("bob")).isZero();
        assertThat(held("alice")).isZero();
    }

    @Test
    void anOperatorsKillCostsNobodyAnything() {
        assertThat(kill("alice", "bob")).as("bob's is tried again").isTrue();
        answered("carol");
        assertThat(kill("carol")).as("and Carol's").isTrue();
        for (String client : new String[] {"alice", "bob", "carol", "dave"}) {
            assertThat(held(client)).isZero();
        }
    }

    @Test
    void whatWasInTheSameEngineIsTriedAgainAndWhatIsInTheNextIsNot() {
        answered("bob");
        load++;
        assertThat(told("bob", another(), 3)).isTrue();
        assertThat(told("bob", another(), 3)).isTrue();
        assertThat(told("alice", another(), 3)).isTrue();
        time.pass(Duration.ofSeconds(1));
        load++;
        assertThat(told("bob", another(), 2)).isFalse();
        assertThat(told("carol", another(), 2)).isTrue();
        time.pass(Duration.ofMinutes(11));
        load++;
        assertThat(told("bob", another(), 1)).isTrue();
    }

    @Test
    void whoHangsUpBeforeTheKillWasThere() {
        answered("alice");
        for (int i = 0; i < 3; i++) {
            load++;
            deadly.left(of("bob", another()), new Deadly.Where("n1", load));
            ended.put(load, REPORT);
            time.pass(Duration.ofSeconds(3));
            assertThat(held("alice")).isZero();
        }
        assertThat(held("bob")).isEqualTo(Duration.ofSeconds(5));
        time.pass(Duration.ofSeconds(6));
        load++;
        deadly.left(of("bob", another()), new Deadly.Where("n1", load));
        told("alice", another(), 1);
        ended.put(load, REPORT);
        assertThat(held("bob")).isEqualTo(Duration.ofSeconds(30));
        assertThat(held("alice")).isZero();
    }

    @Test
    void aNewAddressForEachKillHoldsOffWhoIsNewAndNobodyWhoIsNot() {
        answered("alice");
        kill("alice", "bob1");
        kill("bob2", "alice");
        assertThat(held("carol")).isZero();
        assertThat(heldAtKill("carol", "alice", "bob3")).isEqualTo(Duration.ofSeconds(5));
        assertThat(held("alice")).isZero();
        time.pass(Duration.ofSeconds(6));
        assertThat(held("carol")).isZero();
    }

    @Test
    void killsThatTheReportRefutesDoNotCount() {
        for (int i = 0; i < 2; i++) {
            load++;
            told("bob", another(), 1);
            serving.add(load);
            time.pass(Duration.ofSeconds(6));
            assertThat(held("bob")).isZero();
        }
        assertThat(heldAtKill("bob", "bob")).isZero();
        kill("bob");
        assertThat(heldAtKill("bob", "bob")).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void thousandsOfThemAreBounded() {
        for (int i = 0; i < 3000; i++) {
            load++;
            told("client" + i, another(), 2);
            told("bob", another(), 2);
        }
        ended.put(load, REPORT);
        assertThat(held("bob")).isPositive();
    }
}
