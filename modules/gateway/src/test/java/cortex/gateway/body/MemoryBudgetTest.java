package cortex.gateway.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MemoryBudgetTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    /// 4 MiB for small requests, 12 MiB for large ones.
    private final MemoryBudget budget = new MemoryBudget(16 * MIB, Duration.ofMillis(50));

    /// Refuses nobody before the test has gone on.
    private final MemoryBudget patient = new MemoryBudget(16 * MIB);

    private static void refused(
            MemoryBudget.Account account, int bytes, boolean large, int status) {
        assertThatThrownBy(() -> account.take(bytes, large))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure().status()).isEqualTo(status));
    }

    private void taken(String client, int each, boolean large, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            budget.open(client).take(each, large);
        }
    }

    /// As many large ones of a MiB each.
    private static List<MemoryBudget.Account> taken(MemoryBudget of, String client, int count)
            throws Exception {
        List<MemoryBudget.Account> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemoryBudget.Account account = of.open(client);
            account.take(MIB, true);
            all.add(account);
        }
        return all;
    }

    @Test
    void largeOnesNeverKeepSmallOnesOut() throws Exception {
        taken("a", MIB, true, 6);
        taken("b", MIB, true, 3);
        taken("c", MIB, true, 3);
        refused(budget.open("d"), MIB, true, 429);
        for (int i = 0; i < 16; i++) {
            taken("small" + i, 64 * KIB, false, 1);
        }
    }

    @Test
    void oneClientHoldsAtMostHalfAndLeavesOthersAQuarterEach() throws Exception {
        taken("greedy", MIB, true, 6);
        refused(budget.open("greedy"), MIB, true, 429);
        taken("other", MIB, true, 3);
        refused(budget.open("other"), MIB, true, 429);
        taken("third", MIB, true, 3);
        refused(budget.open("fourth"), MIB, true, 429);

        taken("greedy", 256 * KIB, false, 8);
        refused(budget.open("greedy"), 256 * KIB, false, 429);
        taken("other", 256 * KIB, false, 4);
    }

    @Test
    void moreThanThereCanBeForOneIsRefusedForGood() {
        assertThat(MemoryBudget.mostForOne(16 * MIB)).isEqualTo(6 * MIB);
        MemoryBudget.Account account = budget.open("a");
        refused(account, 6 * MIB + 1, true, 413);
        assertThat(account.held()).isZero();
        assertThat(budget.freeBytes()).isEqualTo(16 * MIB);
    }

    @Test
    void aSmallOneThatGrowsMovesToTheLargeOnes() throws Exception {
        MemoryBudget.Account account = budget.open("a");
        account.take(400 * KIB);
        account.take(400 * KIB);
        taken("a", 256 * KIB, false, 8);
        assertThat(account.held()).isEqualTo(800 * KIB);
        account.close();
        account.close();
        assertThat(budget.freeBytes()).isEqualTo(14 * MIB);
    }

    @Test
    void whoWaitsGetsWhatComesFree() throws Exception {
        List<MemoryBudget.Account> all = taken(patient, "a", 6);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MemoryBudget.Account waiting = patient.open("a");
            CompletableFuture<Void> got =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    waiting.take(2 * MIB, true);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            threads);
            all.get(0).close();
            assertThat(got).isNotDone();
            all.get(1).keep(0);
            got.get(10, TimeUnit.SECONDS);
            assertThat(waiting.held()).isEqualTo(2 * MIB);
            waiting.close();
        }
        all.forEach(MemoryBudget.Account::close);
        assertThat(patient.freeBytes()).isEqualTo(16 * MIB);
    }

    @Test
    void whoIsRefusedIsToldWhenToComeBack() throws Exception {
        taken("a", MIB, true, 6);
        MemoryBudget.Account account = budget.open("a");
        assertThatThrownBy(() -> account.take(MIB, true))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.failure()).isInstanceOf(Failure.Overloaded.class));
    }
}
