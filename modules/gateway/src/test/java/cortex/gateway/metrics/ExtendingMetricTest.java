package cortex.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// docs/extending/metric.md, done with a toy.
class ExtendingMetricTest {
    private static final Path PAGE = Path.of("../../docs/extending/metric.md");
    private static final Path THIS =
            Path.of("src/test/java/cortex/gateway/metrics/ExtendingMetricTest.java");

    /// What the page adds to the meters of a model on a node.
    private static final class RouteMeters {
        private final Counter longAnswers;

        RouteMeters(MeterRegistry registry, Tags tags) {
            longAnswers =
                    Counter.builder("cortex.long.answers")
                            .description("Answers of more than a thousand chunks.")
                            .tags(tags)
                            .register(registry);
        }

        void finished(RequestFacts facts) {
            if (facts.chunks() > 1_000) {
                longAnswers.increment();
            }
        }
    }

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void theToyStartsAtZeroAndCounts() {
        RouteMeters meters = new RouteMeters(registry, Tags.of("model", "m", "node", "n"));
        String series = "cortex_long_answers_total{model=\"m\",node=\"n\"} ";
        assertThat(registry.scrape()).contains(series + "0.0");
        meters.finished(Facts.answered(1_000));
        meters.finished(Facts.answered(1_001));
        assertThat(registry.scrape()).contains(series + "1.0");
    }

    @Test
    void theTableMissesIt() throws IOException {
        RouteMeters meters = new RouteMeters(registry, Tags.empty());
        meters.finished(Facts.answered(1));
        assertThat(MetricsTableTest.families(registry.scrape()))
                .containsExactly("cortex_long_answers_total")
                .doesNotContainAnyElementsOf(MetricsTableTest.documented().keySet());
    }

    @Test
    void thePageShowsThisCode() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("```java\n") + "```java\n".length();
        String shown = page.substring(from, page.indexOf("```", from));
        assertThat(Files.readString(THIS)).containsIgnoringWhitespaces(shown);
    }
}
