package cortex.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import cortex.core.catalogue.ModelProfile;
import cortex.core.catalogue.ModelQuirks;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.failure.Limit;
import cortex.core.node.EngineOptions;
import cortex.gateway.config.AdmissionConfig;
import cortex.gateway.fleet.queue.HoldBack;
import cortex.gateway.nodes.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Places and who gets them, told request by request.
class AdmissionControlTest {
    private static final ModelProfile TINY = model("tiny", null);
    private static final ModelProfile BIG = model("big", 2);

    private final VirtualTime time = new VirtualTime();
    private final List<String> givenUp = new ArrayList<>();

    private static ModelProfile model(String id, @Nullable Integer maxInFlight) {
        return new ModelProfile(
                id,
                List.of(),
                new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                new ModelProfile.Needs(1L, 0, null, null, List.of()),
                ModelProfile.Residency.DEFAULT,
                ModelQuirks.NONE,
                maxInFlight);
    }

    private final List<Runnable> later = new ArrayList<>();

    private AdmissionControl admission(int all, int perModel, int perClient, int waiting) {
        return new AdmissionControl(
                new AdmissionConfig(all, perModel, perClient, waiting),
                3,
                time,
                new AdmissionControl.Chance(new Random(1), (_, what) -> later.add(what)));
    }

    private Consumer<Failure> named(String name) {
        return failure -> givenUp.add(name);
    }

    private Place enter(AdmissionControl admission, ModelProfile model, String client) {
        return admission.enter(model, client, 1, named(client));
    }

    private static boolean in(Place place) throws InterruptedException {
        return place.await(Duration.ZERO);
    }

    private static Failure.Overloaded refusal(Runnable asking) {
        FailureException e = catchThrowableOfType(FailureException.class, asking::run);
        assertThat(e).isNotNull();
        return (Failure.Overloaded) Objects.requireNonNull(e).failure();
    }

    /// Requests that wait for a replica hold their places: one client's could hold them all.
    @Test
    void anEighthOfThePlacesIsForOtherClients() throws Exception {
        AdmissionControl admission = admission(16, 0, 0, 100);
        ModelProfile busy = model("busy", null);
        ModelProfile idle = model("idle", null);
        List<Place> greedy = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            greedy.add(admission.enter(busy, "greedy", 4, named("greedy")));
        }
        assertThat(in(greedy.get(2))).isTrue();
        assertThat(in(greedy.get(3))).isFalse();
        Place alice = enter(admission, idle, "alice");
        Place bob = enter(admission, busy, "bob");
        assertThat(in(alice)).isTrue();
        assertThat(in(bob)).isTrue();
        greedy.get(0).close();
        assertThat(in(greedy.get(3))).isTrue();
    }

    @Test
    void withoutLimitsEverybodyComesIn() throws Exception {
        AdmissionControl admission = admission(0, 0, 0, 0);
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            places.add(enter(admission, TINY, "a"));
            assertThat(in(places.getLast())).isTrue();
        }
        assertThat(admission.inFlight("tiny")).isEqualTo(1000);
        places.forEach(Place::close);
        assertThat(admission.inFlight("tiny")).isZero();
    }

    @Test
    void aModelsLimitMakesOthersWaitAndIsItsOwn() throws Exception {
        AdmissionControl admission = admission(0, 1, 0, 10);
        Place first = enter(admission, BIG, "a");
        Place second = enter(admission, BIG, "a");
        Place third = enter(admission, BIG, "a");
        assertThat(in(second)).isTrue();
        assertThat(in(third)).isFalse();
        assertThat(admission.waiting("big")).isEqualTo(1);
        assertThat(in(enter(admission, TINY, "a"))).isTrue();
        assertThat(in(enter(admission, TINY, "a"))).isFalse();
        first.close();
        assertThat(in(third)).isTrue();
        assertThat(admission.waiting("big")).isZero();
    }

    @Test
    void aClosedPlaceIsGivenBackOnce() throws Exception {
        AdmissionControl admission = admission(0, 0, 0, 10);
        Place first = enter(admission, BIG, "a");
        first.close();
        first.close();
        assertThat(admission.inFlight("big")).isZero();
        Place second = enter(admission, BIG, "a");
        first.close();
        assertThat(in(second)).isTrue();
        assertThat(admission.inFlight("big")).isEqualTo(1);
        assertThat(in(first)).isFalse();
    }

    @Test
    void whoLeavesTheQueueFreesItsRoom() throws Exception {
        AdmissionControl admission = admission(1, 0, 0, 1);
        Place in = enter(admission, TINY, "a");
        Place waits = enter(admission, TINY, "a");
        assertThat(refusal(() -> enter(admission, TINY, "a")).limit()).isEqualTo(Limit.QUEUE);
        waits.close();
        Place next = enter(admission, TINY, "a");
        in.close();
        assertThat(in(next)).isTrue();
        assertThat(in(waits)).isFalse();
    }

    @Test
    void aFreePlaceGoesToWhoHasFewest() throws Exception {
        AdmissionControl admission = admission(0, 4, 0, 100);
        List<Place> batch = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            batch.add(enter(admission, TINY, "batch"));
        }
        Place one = enter(admission, TINY, "me");
        assertThat(in(one)).isFalse();
        batch.get(0).close();
        assertThat(in(one)).isTrue();
        assertThat(in(batch.get(4))).isFalse();
        Place two = admission.enter(model("other", 1), "me", 1, named("me"));
        assertThat(in(two)).isTrue();
        batch.get(1).close();
        assertThat(in(batch.get(4))).isTrue();
    }

    @Test
    void contendedPlacesEndUpShared() throws Exception {
        var tall = new AdmissionControl(new AdmissionConfig(0, 4, 0, 1000), 1000, time);
        List<Place> a = new ArrayList<>();
        List<Place> b = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            a.add(enter(tall, TINY, "a"));
        }
        for (int i = 0; i < 20; i++) {
            b.add(enter(tall, TINY, "b"));
        }
        a.get(0).close();
        a.get(1).close();
        assertThat(b.stream().filter(AdmissionControlTest::isIn)).hasSize(2);
        a.get(2).close();
        b.get(0).close();
        assertThat(a.stream().filter(AdmissionControlTest::isIn)).hasSize(2);
        assertThat(b.stream().filter(AdmissionControlTest::isIn)).hasSize(2);
    }

    private static boolean isIn(Place place) {
        try {
            return in(place);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFullQueueIsSharedToo() throws Exception {
        AdmissionControl admission = admission(1, 0, 0, 100);
        Place in = enter(admission, TINY, "batch");
        List<Place> batch = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            batch.add(enter(admission, TINY, "batch"));
        }
        assertThat(refusal(() -> enter(admission, TINY, "batch")).limit())
                .isEqualTo(Limit.MODEL_QUEUE);
        Place me = enter(admission, TINY, "me");
        assertThat(givenUp).containsExactly("batch");
        assertThat(refusal(() -> isIn(batch.get(2)))).isNotNull();
        assertThat(admission.waiting("tiny")).isEqualTo(3);
        assertThat(refusal(() -> enter(admission, TINY, "me"))).isNotNull();
        batch.get(2).close();
        in.close();
        assertThat(in(me)).isTrue();
    }

    @Test
    void whoWaitsForAReplicaIsInTheWaitingRoomToo() throws Exception {
        AdmissionControl admission = admission(0, 0, 0, 2);
        List<Place> batch = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            batch.add(enter(admission, TINY, "batch"));
            batch.getLast().waitsForReplica();
        }
        assertThat(admission.waiting("tiny")).isEqualTo(2);
        Place more = enter(admission, TINY, "batch");
        assertThat(in(more)).isTrue();
        assertThat(refusal(more::waitsForReplica).limit()).isEqualTo(Limit.QUEUE);
        more.close();
        Place me = enter(admission, TINY, "me");
        me.waitsForReplica();
        assertThat(givenUp).containsExactly("batch");
        assertThat(admission.inFlight("tiny")).isEqualTo(2);
        me.hasReplica();
        assertThat(admission.waiting("tiny")).isEqualTo(1);
        batch.forEach(Place::close);
        me.close();
        assertThat(admission.waiting("tiny")).isZero();
        assertThat(admission.inFlight("tiny")).isZero();
    }

    @Test
    void aClientHasItsOwnLimit() throws Exception {
        AdmissionControl admission = admission(0, 0, 2, 10);
        Place first = enter(admission, TINY, "a");
        enter(admission, BIG, "a");
        Failure.Overloaded no = refusal(() -> enter(admission, TINY, "a"));
        assertThat(no.limit()).isEqualTo(Limit.CLIENT);
        assertThat(no.message()).contains("2 requests in flight").contains("Wait until one");
        assertThat(in(enter(admission, TINY, "b"))).isTrue();
        first.close();
        assertThat(in(enter(admission, TINY, "a"))).isTrue();
    }

    @Test
    void theWaitToldIsAboutWhatRequestsTake() throws Exception {
        AdmissionControl admission = admission(1, 0, 0, 0);
        assertThat(retry(admission)).isEqualTo(Duration.ofSeconds(2));
        Place place = enter(admission, TINY, "a");
        place.hasReplica();
        time.sleep(Duration.ofSeconds(12));
        place.close();
        assertThat(retry(admission)).isEqualTo(Duration.ofSeconds(12));
    }

    private Duration retry(AdmissionControl admission) {
        try (Place _ = enter(admission, TINY, "a")) {
            return refusal(() -> enter(admission, TINY, "b")).retryAfter();
        }
    }

    private AdmissionControl room(int waiting, long seed) {
        return new AdmissionControl(
                new AdmissionConfig(0, 1, 0, waiting),
                1000,
                time,
                new AdmissionControl.Chance(new Random(seed), (_, what) -> later.add(what)));
    }

    private static boolean comesIn(Runnable asking) {
        try {
            asking.run();
            return true;
        } catch (FailureException e) {
            return false;
        }
    }

    @Test
    void manyAddressesOfOneNetworkDoNotKeepOthersOut() {
        for (long seed = 1; seed <= 20; seed++) {
            AdmissionControl admission = room(264, seed);
            for (int i = 0; i < 265; i++) {
                enter(admission, TINY, "10.0.0." + i);
            }
            givenUp.clear();
            for (String newcomer : List.of("192.0.2.1", "key-aa", "2001:db8:1:2::/64")) {
                assertThat(comesIn(() -> enter(admission, TINY, newcomer))).isTrue();
            }
            assertThat(givenUp).hasSize(3).allMatch(who -> who.startsWith("10.0.0."));
        }
    }

    @Test
    void aNewcomerAmongManyNetworksTakesItsChance() {
        int in = 0;
        for (long seed = 1; seed <= 100; seed++) {
            AdmissionControl admission = room(264, seed);
            for (int i = 0; i < 265; i++) {
                enter(admission, TINY, "10." + i % 250 + "." + i / 250 + ".1");
            }
            in += comesIn(() -> enter(admission, TINY, "192.0.2.1")) ? 1 : 0;
        }
        assertThat(in).isBetween(95, 100);
    }

    @Test
    void aNewcomerAmongItsNeighboursTakesItsChance() {
        int in = 0;
        for (long seed = 1; seed <= 100; seed++) {
            AdmissionControl admission = room(10, seed);
            for (int i = 0; i < 11; i++) {
                enter(admission, TINY, "10.0.0." + i);
            }
            in += comesIn(() -> enter(admission, TINY, "10.0.0.77")) ? 1 : 0;
        }
        assertThat(in).as("ten of eleven").isBetween(80, 99);
    }

    @Test
    void oneThatWaitsAlreadyDoesNotPushOthersOut() {
        AdmissionControl admission = room(10, 1);
        for (int i = 0; i < 11; i++) {
            enter(admission, TINY, "10.0.0." + i);
        }
        assertThat(refusal(() -> enter(admission, TINY, "10.0.0.3")).limit())
                .isEqualTo(Limit.QUEUE);
        assertThat(givenUp).isEmpty();
    }

    @Test
    void aRequestForSeveralAnswersHasSeveralPlaces() throws Exception {
        AdmissionControl admission = admission(4, 0, 0, 10);
        Place heavy = admission.enter(TINY, "a", 3, named("a"));
        assertThat(in(heavy)).isTrue();
        Place light = enter(admission, TINY, "b");
        assertThat(in(light)).isTrue();
        assertThat(in(enter(admission, TINY, "b"))).isFalse();
        assertThat(admission.inFlight("tiny")).isEqualTo(4);
        heavy.close();
        assertThat(admission.inFlight("tiny")).isEqualTo(2);
    }

    @Test
    void oneThatAsksForMoreThanThereAreGetsAll() throws Exception {
        AdmissionControl admission = admission(4, 0, 0, 10);
        Place light = enter(admission, TINY, "a");
        Place heavy = admission.enter(TINY, "b", 64, named("b"));
        assertThat(in(heavy)).isFalse();
        light.close();
        assertThat(in(heavy)).isTrue();
        Place late = enter(admission, TINY, "c");
        assertThat(in(late)).isFalse();
        heavy.close();
        assertThat(in(late)).isTrue();
        late.close();
        assertThat(admission.inFlight("tiny")).isZero();
    }

    @Test
    void oneThatNeedsMoreThanIsFreeIsOvertakenButHoldsPlacesBackNowAndThen() throws Exception {
        for (boolean byModel : List.of(true, false)) {
            AdmissionControl admission = byModel ? admission(0, 3, 0, 10) : admission(3, 0, 0, 10);
            Place dave = enter(admission, TINY, "dave");
            Place heavy = admission.enter(TINY, "bob", 3, named("bob"));
            Place carol = enter(admission, TINY, "carol");
            assertThat(in(carol)).isTrue();
            carol.close();
            time.sleep(HoldBack.PATIENCE);
            Place again = enter(admission, TINY, "carol");
            assertThat(in(again)).as("places are held back").isFalse();
            time.sleep(HoldBack.LONGEST);
            assertThat(later).hasSize(1);
            later.removeFirst().run();
            assertThat(in(again)).as("but not until Dave's long answer has ended").isTrue();
            time.sleep(HoldBack.PATIENCE);
            Place third = enter(admission, TINY, "carol");
            assertThat(in(third)).isFalse();
            again.close();
            dave.close();
            assertThat(in(heavy)).as("it is not starved").isTrue();
            heavy.close();
            assertThat(in(third)).isTrue();
            third.close();
            assertThat(admission.inFlight("tiny")).isZero();
            later.clear();
        }
    }

    @Test
    void addressesOfOneNetworkAreOneWhenPlacesComeFree() throws Exception {
        AdmissionControl admission = room(1000, 1);
        Place first = enter(admission, TINY, "10.0.0.1");
        List<Place> others = new ArrayList<>();
        for (int i = 2; i < 80; i++) {
            others.add(enter(admission, TINY, "10.0.0." + i));
        }
        Place alice = enter(admission, TINY, "192.0.2.1");
        first.close();
        assertThat(in(alice)).isTrue();
        assertThat(others).noneMatch(AdmissionControlTest::isIn);
    }

    @Test
    void aClientsLimitCountsAnswers() {
        AdmissionControl admission = admission(0, 0, 4, 10);
        admission.enter(TINY, "a", 3, named("a"));
        assertThat(refusal(() -> admission.enter(TINY, "a", 2, named("a"))).message())
                .isEqualTo(
                        "You ask for 2 answers and have 3 requests in flight; one client may have"
                                + " 4. Wait until one has ended, or send fewer at once.");
        enter(admission, TINY, "a");
    }

    @Test
    void aNewcomerWhoseRoomCouldNotBeMadeLeavesNothingBehind() throws Exception {
        AdmissionControl admission = admission(1, 0, 0, 2);
        Place first = enter(admission, TINY, "a");
        admission.enter(TINY, "a", 1, named("a"));
        Consumer<Failure> broken =
                _ -> {
                    throw new StackOverflowError("scripted");
                };
        admission.enter(TINY, "a", 1, broken);
        Consumer<Failure> own = named("b");
        assertThatThrownBy(() -> admission.enter(TINY, "b", 1, own))
                .isInstanceOf(StackOverflowError.class);
        assertThat(admission.waiting("tiny")).isEqualTo(1);
        first.close();
        assertThat(admission.inFlight("tiny")).isEqualTo(1);
        assertThat(admission.waiting("tiny")).isZero();
    }
}
