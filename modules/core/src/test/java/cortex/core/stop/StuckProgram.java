package cortex.core.stop;

import cortex.core.log.LogFormat;
import cortex.core.log.LogSetup;
import cortex.core.time.SystemTime;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/// A program whose stop waits for a lock that a computation without end holds.
final class StuckProgram {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static volatile long computed;

    private StuckProgram() {}

    /// Runs until it is killed, or its deadline ends it so many milliseconds after TERM.
    public static void main(String[] arguments) throws InterruptedException {
        LogSetup.install(LogFormat.HUMAN);
        Duration most = Duration.ofMillis(Long.parseLong(arguments[0]));
        StopDeadline deadline = StopDeadline.of(most, new SystemTime());
        CountDownLatch held = new CountDownLatch(1);
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            Thread.ofVirtual().start(() -> compute(held));
        }
        held.await();
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> stop(deadline)));
        System.out.println("ready");
        new CountDownLatch(1).await();
    }

    private static void compute(CountDownLatch held) {
        boolean first = LOCK.tryLock();
        held.countDown();
        while (first || computed >= 0) {
            computed = Math.abs(computed + 1);
        }
    }

    private static void stop(StopDeadline deadline) {
        deadline.begin();
        LOCK.lock();
    }
}
