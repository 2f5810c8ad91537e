package cortex.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.core.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The metrics' page takes no key unless one is set: asking for it often must not cost much.
class MetricsPageTest {
    private static final int MANY = 200;

    private final GatewayMetrics metrics =
            new GatewayMetrics("1", List.of("model"), List.of("node"), _ -> true, _ -> true);
    private final MetricsPage page = new MetricsPage(metrics, null, new SystemTime());

    @Test
    void manyWhoAskAtOnceShareAPage() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Callable<byte[]> ask =
                () -> {
                    go.await();
                    return page.page();
                };
        Set<byte[]> pages = Collections.newSetFromMap(new IdentityHashMap<>());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> asked = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                asked.add(threads.submit(ask));
            }
            go.countDown();
            for (Future<byte[]> one : asked) {
                pages.add(one.get());
            }
        }
        assertThat(pages).hasSizeLessThan(MANY / 10);
    }

    @Test
    void aPageKnowsWhatWasThereWhenItWasAskedFor() {
        page.page();
        metrics.finished(Facts.answered(10));
        assertThat(new String(page.page(), StandardCharsets.UTF_8))
                .contains("cortex_requests_total{");
    }
}
