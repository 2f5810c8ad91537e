package cortex.gateway.proxy;

import static cortex.gateway.proxy.RetryPolicy.Next.GIVE_UP;
import static cortex.gateway.proxy.RetryPolicy.Next.OTHER_NOW;
import static cortex.gateway.proxy.RetryPolicy.Next.SAME_SIMPLIFIED;
import static cortex.gateway.proxy.RetryPolicy.Next.WAIT_FOR_REPLICA;
import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.failure.Failure;
import cortex.core.failure.Limit;
import cortex.gateway.proxy.RetryPolicy.Client;
import cortex.gateway.proxy.RetryPolicy.Next;
import cortex.gateway.proxy.RetryPolicy.Tries;
import cortex.relay.pump.EngineException.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
    private static final Client WAITS = new Client(false, true, true);
    private static final Tries FIRST = Tries.NONE;
    private static final Tries SECOND = FIRST.and(WAIT_FOR_REPLICA);
    private static final Tries LAST = FIRST.and(OTHER_NOW);
    private static final Failure GONE = new Failure.EngineGone("m", "gone");

    /// Every way in which a try can fail.
    @SuppressWarnings("ImmutableEnumChecker") // its failures are records of values
    enum Way {
        UNREACHABLE(new FailedTry.Lost(Kind.UNREACHABLE, GONE)),
        UNSAFE(new FailedTry.Lost(Kind.UNSAFE, new Failure.NodeTls("m", "no"))),
        BROKEN(new FailedTry.Lost(Kind.BROKEN, GONE)),
        DIED(new FailedTry.Lost(Kind.BROKEN, new Failure.EngineDied("m", "signal 6", null, 1))),
        SILENT(
                new FailedTry.Lost(
                        Kind.SILENT, new Failure.EngineSilent("m", Duration.ofSeconds(1)))),
        CANCELLED(new FailedTry.Lost(Kind.CANCELLED, new Failure.ClientGone())),
        ERROR_500(refused(new Failure.EngineError(500, "cuda", null))),
        ERROR_400(refused(new Failure.EngineError(400, "bad", null))),
        BAD_REQUEST(refused(new Failure.BadRequest("bad", null))),
        ENGINE_FULL(refused(new Failure.Overloaded("full", Duration.ofSeconds(1), Limit.ENGINE))),
        MEMORY_FULL(refused(new Failure.Overloaded("full", Duration.ofSeconds(1), Limit.BODIES))),
        SAID_500(new FailedTry.AnswerFailed(new Failure.EngineError(500, "parse", null))),
        SAID_400(new FailedTry.AnswerFailed(new Failure.EngineError(400, "bad", null))),
        BARRED(new FailedTry.Barred(new Failure.Refused(422, "no"))),
        SCHEMA_REFUSED(new FailedTry.SchemaRefused(new Failure.EngineError(500, "schema", null)));

        private final FailedTry failed;

        Way(FailedTry failed) {
            this.failed = failed;
        }

        private static FailedTry refused(Failure failure) {
            return new FailedTry.Refused(failure);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE,    WAIT_FOR_REPLICA, GIVE_UP,         GIVE_UP",
        "UNSAFE,         WAIT_FOR_REPLICA, GIVE_UP,         GIVE_UP",
        "BROKEN,         WAIT_FOR_REPLICA, GIVE_UP,         GIVE_UP",
        "DIED,           GIVE_UP,          GIVE_UP,         GIVE_UP",
        "SILENT,         GIVE_UP,          GIVE_UP,         GIVE_UP",
        "CANCELLED,      GIVE_UP,          GIVE_UP,         GIVE_UP",
        "ERROR_500,      OTHER_NOW,        GIVE_UP,         GIVE_UP",
        "ERROR_400,      GIVE_UP,          GIVE_UP,         GIVE_UP",
        "BAD_REQUEST,    GIVE_UP,          GIVE_UP,         GIVE_UP",
        "ENGINE_FULL,    OTHER_NOW,        GIVE_UP,         GIVE_UP",
        "MEMORY_FULL,    GIVE_UP,          GIVE_UP,         GIVE_UP",
        "SAID_500,       OTHER_NOW,        GIVE_UP,         GIVE_UP",
        "SAID_400,       GIVE_UP,          GIVE_UP,         GIVE_UP",
        "BARRED,         OTHER_NOW,        OTHER_NOW,       GIVE_UP",
        "SCHEMA_REFUSED, SAME_SIMPLIFIED,  SAME_SIMPLIFIED, SAME_SIMPLIFIED",
    })
    void whatFollowsOnAFailedTry(Way way, Next onFirst, Next onSecond, Next onLast) {
        assertThat(RetryPolicy.next(way.failed, FIRST, WAITS)).isEqualTo(onFirst);
        assertThat(RetryPolicy.next(way.failed, SECOND, WAITS)).isEqualTo(onSecond);
        assertThat(RetryPolicy.next(way.failed, LAST, WAITS)).isEqualTo(onLast);
    }

    @Test
    void noOtherReplicaOnceTheClientSawSomethingOrHasLeftOrItsUploadHas() {
        for (Client client :
                List.of(
                        new Client(true, true, true),
                        new Client(false, false, true),
                        new Client(false, true, false))) {
            for (Way way : List.of(Way.UNREACHABLE, Way.BROKEN, Way.ERROR_500, Way.ENGINE_FULL)) {
                assertThat(RetryPolicy.next(way.failed, FIRST, client))
                        .as("%s", way)
                        .isEqualTo(GIVE_UP);
            }
        }
    }

    @Test
    void schemasAreMadeSimplerOnceForEachReplica() {
        Tries simplified = FIRST.and(SAME_SIMPLIFIED);
        FailedTry refused = Way.SCHEMA_REFUSED.failed;
        assertThat(RetryPolicy.next(refused, simplified, WAITS)).isEqualTo(GIVE_UP);
        Tries next = simplified.and(WAIT_FOR_REPLICA);
        assertThat(RetryPolicy.next(refused, next, WAITS)).isEqualTo(SAME_SIMPLIFIED);
    }

    @Test
    void onlyWhatAnEngineRefusesByItselfCountsAgainstItAndNotASecondOnes() {
        for (Way way : Way.values()) {
            RetryPolicy.Fault expected =
                    switch (way) {
                        case ERROR_500 -> RetryPolicy.Fault.ENGINE;
                        case ERROR_400, BAD_REQUEST, MEMORY_FULL -> RetryPolicy.Fault.REQUEST;
                        default -> RetryPolicy.Fault.NOBODY;
                    };
            assertThat(RetryPolicy.fault(way.failed, FIRST)).as("%s", way).isEqualTo(expected);
        }
        FailedTry failed = Way.ERROR_500.failed;
        assertThat(RetryPolicy.fault(failed, SECOND)).isEqualTo(RetryPolicy.Fault.ENGINE);
        assertThat(RetryPolicy.fault(failed, LAST)).isEqualTo(RetryPolicy.Fault.NOBODY);
    }

    /// The bound that the policy's documentation gives, over every sequence of failures.
    @Test
    void noRequestReachesMoreThanTwoReplicasTwiceEach() {
        Reached most = explore(FIRST, new Reached(0, 0, 0));
        assertThat(most).isEqualTo(new Reached(2, 4, 5));
    }

    /// How many replicas were sent the request, how often it was sent, and how many tries there
    /// were, barred ones included.
    private record Reached(int replicas, int sent, int tries) {
        private Reached and(Way way, Tries at) {
            int more = way == Way.BARRED ? 0 : 1;
            return new Reached(replicas + (at.simplified() ? 0 : more), sent + more, tries + 1);
        }

        private Reached orMore(Reached other) {
            return new Reached(
                    Math.max(replicas, other.replicas),
                    Math.max(sent, other.sent),
                    Math.max(tries, other.tries));
        }
    }

    private static Reached explore(Tries at, Reached before) {
        Reached most = before;
        for (Way way : Way.values()) {
            Reached now = before.and(way, at);
            Next next = RetryPolicy.next(way.failed, at, WAITS);
            most = most.orMore(next == GIVE_UP ? now : explore(at.and(next), now));
        }
        return most;
    }
}
