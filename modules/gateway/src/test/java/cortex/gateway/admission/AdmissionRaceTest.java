package cortex.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.catalogue.ModelProfile;
import cortex.core.failure.FailureException;
import cortex.core.node.EngineOptions;
import cortex.core.time.SystemTime;
import cortex.gateway.config.AdmissionConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Real threads that come, wait, leave early, are thrown out and close twice, all at once.
class AdmissionRaceTest {
    private static final int PLACES = 5;
    private static final int WAITING = 7;
    private static final int THREADS = 24;
    private static final int ROUNDS = 2000;

    private static final ModelProfile MODEL =
            new ModelProfile(
                    "m",
                    List.of(),
                    new ModelProfile.Engine("llamacpp", null, EngineOptions.NONE),
                    new ModelProfile.Needs(1L, 0, null, null, List.of()),
                    ModelProfile.Residency.DEFAULT);

    private final AdmissionControl admission =
            new AdmissionControl(new AdmissionConfig(PLACES, 0, 0, WAITING), 100, new SystemTime());
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();

    @Test
    void neverMoreThanThereArePlacesAndNoneIsLost() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                Callable<Integer> rounds = () -> rounds(number);
                all.add(threads.submit(rounds));
            }
            for (Future<Integer> one : all) {
                one.get();
            }
        }
        assertThat(most.get()).isBetween(1, PLACES);
        assertThat(served.get()).isPositive();
        assertThat(admission.inFlight("m")).isZero();
        assertThat(admission.waiting("m")).isZero();
        List<Place> again = new ArrayList<>();
        for (int i = 0; i < PLACES; i++) {
            again.add(admission.enter(MODEL, "x", 1, _ -> {}));
            assertThat(again.getLast().await(Duration.ZERO)).isTrue();
        }
        again.forEach(Place::close);
    }

    private int rounds(int number) throws InterruptedException {
        Random random = new Random(number);
        String client = "client-" + number % 3;
        for (int round = 0; round < ROUNDS; round++) {
            try (Place place = admission.enter(MODEL, client, 1, _ -> {})) {
                if (random.nextInt(4) == 0) {
                    Thread.ofVirtual().start(place::close);
                } else if (place.await(Duration.ofNanos(random.nextInt(1_000_000)))) {
                    inside(random, place);
                }
            } catch (FailureException e) {
                Thread.onSpinWait();
            }
        }
        return number;
    }

    /// Who waits for a replica may be thrown out; who has one stays.
    private void inside(Random random, Place place) throws InterruptedException {
        if (random.nextBoolean()) {
            place.waitsForReplica();
        }
        place.hasReplica();
        if (!place.await(Duration.ZERO)) {
            return;
        }
        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
        try {
            served.incrementAndGet();
            Thread.onSpinWait();
        } finally {
            inside.decrementAndGet();
        }
    }
}
