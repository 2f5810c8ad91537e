package cortex.gateway.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TranslationPoolTest {
    private static final int MIB = 1 << 20;

    private final MemoryBudget budget = new MemoryBudget(16 * MIB);
    private final AtomicReference<Runnable> cancel = new AtomicReference<>();
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void end() {
        requests.shutdownNow();
    }

    private TranslationPool.Owner owner(String client) {
        return new TranslationPool.Owner(client, budget.open(client), cancel::set);
    }

    private <T> CompletableFuture<T> run(TranslationPool pool, String client, Supplier<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return pool.run(owner(client), work);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                requests);
    }

    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shortWorkIsDoneAtOnceAndLongWorkOnAPlatformThread() throws Exception {
        try (var pool = new TranslationPool(2, Duration.ofSeconds(10))) {
            Thread here = Thread.currentThread();
            assertThat(pool.runShort(Thread::currentThread)).isSameAs(here);
            Thread there = pool.run(owner("a"), Thread::currentThread);
            assertThat(there.isVirtual()).isFalse();
            assertThat(there).isNotSameAs(here);
            Failure.BadRequest bad = new Failure.BadRequest("no", null);
            assertThatThrownBy(() ->
                            pool.run(
                                    owner("a"),
                                    () -> {
                                        throw new FailureException(bad);
                                    }))
                    .isInstanceOfSatisfying(
                            FailureException.class, e -> assertThat(e.failure()).isSameAs(bad));
        }
    }

    @Test
    void shortWorkLeavesAProcessorToOthers() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (var pool = new TranslationPool(3, Duration.ofSeconds(20))) {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(
                        requests.submit(() ->
                                pool.runShort(() -> {
                                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                                    LockSupport.parkNanos(1_000_000);
                                    now.decrementAndGet();
                                    return "done";
                                })));
            }
            for (Future<String> one : all) {
                assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            }
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void noClientHasAllThreads() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (var pool = new TranslationPool(2, Duration.ofSeconds(20))) {
            CountDownLatch begun = new CountDownLatch(1);
            Supplier<String> slow =
                    () -> {
                        begun.countDown();
                        await(release);
                        return "slow";
                    };
            CompletableFuture<String> first = run(pool, "greedy", slow);
            CompletableFuture<String> second = run(pool, "greedy", slow);
            begun.await();
            for (int i = 0; i < 20; i++) {
                assertThat(run(pool, "other", () -> "quick").get(10, TimeUnit.SECONDS))
                        .isEqualTo("quick");
            }
            release.countDown();
            assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("slow");
            assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo("slow");
        }
    }

    @Test
    void workThatTakesTooLongIsInterruptedAndKeepsItsMemoryUntilItEnds() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (var pool = new TranslationPool(2, Duration.ofMillis(50))) {
            TranslationPool.Owner owner = owner("a");
            owner.account().take(3 * MIB);
            assertThatThrownBy(() ->
                            pool.run(
                                    owner,
                                    () -> {
                                        while (!Thread.currentThread().isInterrupted()) {
                                            Thread.onSpinWait();
                                        }
                                        interrupted.countDown();
                                        await(release);
                                        return "";
                                    }))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.failure().message()).contains("translation_timeout"));
            owner.account().close();
            interrupted.await();
            assertThat(budget.freeBytes()).isEqualTo(13 * MIB);
            release.countDown();
            assertThat(run(pool, "a", () -> "next").get(10, TimeUnit.SECONDS)).isEqualTo("next");
            // The next work may have been another thread's, which waits for nobody.
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (budget.freeBytes() < 16 * MIB && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            assertThat(budget.freeBytes()).isEqualTo(16 * MIB);
        }
    }

    @Test
    void whoLeavesGivesItsWorkUp() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (var pool = new TranslationPool(2, Duration.ofSeconds(20))) {
            CompletableFuture<Boolean> under =
                    run(
                            pool,
                            "a",
                            () -> {
                                begun.countDown();
                                while (!Thread.currentThread().isInterrupted()) {
                                    Thread.onSpinWait();
                                }
                                return true;
                            });
            begun.await();
            Runnable giveUp;
            while ((giveUp = cancel.get()) == null) {
                Thread.onSpinWait();
            }
            giveUp.run();
            assertThat(under.get(10, TimeUnit.SECONDS)).isTrue();
            giveUp.run();
            assertThat(
                            run(pool, "a", () -> Thread.currentThread().isInterrupted())
                                    .get(10, TimeUnit.SECONDS))
                    .isFalse();
        }
    }
}
