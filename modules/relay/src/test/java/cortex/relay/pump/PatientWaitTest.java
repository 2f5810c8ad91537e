package cortex.relay.pump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PatientWaitTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final CountDownLatch holding = new CountDownLatch(1);
    private boolean told;

    @Test
    void endsWhenItsTimeIsOver() throws Exception {
        long from = System.nanoTime();
        assertThat(waitFor(Duration.ofMillis(30))).isNotPositive();
        assertThat(System.nanoTime() - from).isGreaterThanOrEqualTo(30_000_000);
    }

    @Test
    void aShortOneIsNotKeptByTheLongOnesBeforeIt() throws Exception {
        List<FutureTask<Long>> patient = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            patient.add(start(() -> new PatientWaitTest().waitFor(LONG)));
        }
        assertThat(waitFor(Duration.ofMillis(30))).isNotPositive();
        assertThat(patient).noneMatch(FutureTask::isDone);
        patient.forEach(wait -> wait.cancel(true));
    }

    @Test
    void endsWhenToldAndKnowsWhatIsLeft() throws Exception {
        FutureTask<Long> waiting = start(() -> waitFor(LONG));
        tell();
        assertThat(waiting.get()).isPositive().isLessThanOrEqualTo(LONG.toNanos());
    }

    @Test
    void noTimeIsNoWait() throws Exception {
        assertThat(waitFor(Duration.ZERO)).isZero();
        assertThat(waitFor(Duration.ofSeconds(-1))).isZero();
    }

    @Test
    void theLongestTimeDoesNotOverflow() throws Exception {
        FutureTask<Long> waiting = start(() -> waitFor(Duration.ofNanos(Long.MAX_VALUE)));
        tell();
        assertThat(waiting.get()).isPositive();
    }

    @Test
    void endsWhenInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> waitFor(LONG)).isInstanceOf(InterruptedException.class);
    }

    @Test
    void manyAtOnceEachEndInTheirOwnTime() throws Exception {
        List<FutureTask<Long>> waits = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Duration time = Duration.ofMillis(1 + i % 40);
            waits.add(start(() -> new PatientWaitTest().waitFor(time)));
        }
        for (FutureTask<Long> wait : waits) {
            assertThat(wait.get()).isNotPositive();
        }
    }

    private long waitFor(Duration time) throws InterruptedException {
        long left = time.toNanos();
        lock.lock();
        try {
            holding.countDown();
            do {
                left = PatientWait.await(lock, changed, left);
            } while (!told && left > 0);
            return left;
        } finally {
            lock.unlock();
        }
    }

    private void tell() throws InterruptedException {
        holding.await();
        lock.lock();
        try {
            told = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static FutureTask<Long> start(Callable<Long> wait) {
        FutureTask<Long> task = new FutureTask<>(wait);
        Thread.ofVirtual().start(task);
        return task;
    }
}
