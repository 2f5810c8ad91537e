package cortex.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table of metrics in docs/OPERATING.md is what `/metrics` tells.
class MetricsTableTest {
    private static final Path PAGE = Path.of("../../docs/OPERATING.md");
    private static final Pattern FAMILY = Pattern.compile("(?m)^# TYPE (\\S+) ");
    private static final Pattern DOCUMENTED = Pattern.compile("`(cortex_\\w+)(?:\\{([\\w,]*)})?`");

    /// What every bucket of a histogram has beside the labels.
    private static final String BUCKET = "le";

    @Test
    void theTableAndThePageNameTheSame() throws IOException {
        assertThat(documented().keySet()).isEqualTo(families(scrape()));
    }

    @Test
    void theLabelsThatTheTableShowsAreThose() throws IOException {
        String scrape = scrape();
        documented()
                .forEach((name, labels) -> {
                    if (!labels.isEmpty()) {
                        assertThat(labels(scrape, name)).as(name).isEqualTo(labels);
                    }
                });
    }

    /// All meters of a gateway with a model and a node, after a request.
    private static String scrape() {
        try (var metrics =
                new GatewayMetrics("1", List.of("model"), List.of("node"), _ -> true, _ -> true)) {
            metrics.watch(List.of("model"), _ -> 0, _ -> 0);
            metrics.watchNodes(() ->
                    List.of(new GatewayMetrics.NodeFacts("node", "0.1.0", "nvidia 580.95", false)));
            metrics.finished(Facts.answered(10));
            return metrics.scrape();
        }
    }

    /// The names that a scrape's body tells.
    static Set<String> families(String scrape) {
        var types = FAMILY.matcher(scrape);
        Set<String> names = new TreeSet<>();
        while (types.find()) {
            names.add(types.group(1));
        }
        return names;
    }

    private static Set<String> labels(String scrape, String name) {
        var series = Pattern.compile("(?m)^" + name + "(?:_bucket)?\\{(.*)} ").matcher(scrape);
        Set<String> labels = new TreeSet<>();
        while (series.find()) {
            Arrays.stream(series.group(1).split("\",?"))
                    .filter(part -> part.endsWith("="))
                    .map(part -> part.substring(0, part.length() - 1))
                    .forEach(labels::add);
        }
        labels.remove(BUCKET);
        return labels;
    }

    /// The names in the table, each with the labels that are shown.
    static Map<String, Set<String>> documented() throws IOException {
        Map<String, Set<String>> names = new TreeMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            if (!line.startsWith("| `cortex_")) {
                continue;
            }
            var inRow = DOCUMENTED.matcher(line);
            while (inRow.find()) {
                String labels = inRow.group(2);
                names.put(
                        inRow.group(1),
                        labels == null ? Set.of() : new TreeSet<>(List.of(labels.split(","))));
            }
        }
        return names;
    }
}
