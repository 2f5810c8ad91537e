package cortex.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import cortex.e2e.ChaosAnswer.End;
import cortex.e2e.ChaosClient.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Holds the gateway's counters and its request log against what the clients saw and what the
/// engines wrote down.
final class ChaosBooks {
    private static final Pattern SAMPLE =
            Pattern.compile("^(\\w+)\\{([^}]*)} ([0-9.E+]+)$", Pattern.MULTILINE);
    private static final Pattern LOGGED =
            Pattern.compile("request id=(" + ChaosClient.IDS + "\\d+) .*?outcome=(\\w+)");

    private final String metrics;
    private final Collection<Ending> endings;
    private final Map<String, List<String>> outcomes = new HashMap<>();
    private final Map<String, Integer> begun = new HashMap<>();
    private final Set<String> answered = new HashSet<>();
    private final Set<Long> unfinished = new HashSet<>();

    /// The books of the engines lie in `folders`, named after their processes.
    ChaosBooks(String metrics, Collection<Ending> endings, Path log, List<Path> folders)
            throws IOException {
        this.metrics = metrics;
        this.endings = endings;
        try (Stream<String> lines = Files.lines(log)) {
            lines.map(LOGGED::matcher)
                    .filter(Matcher::find)
                    .forEach(m ->
                            outcomes.computeIfAbsent(m.group(1), _ -> new ArrayList<>())
                                    .add(m.group(2)));
        }
        for (Path folder : folders) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    read(file);
                }
            }
        }
    }

    private void read(Path book) throws IOException {
        int open = 0;
        for (String line : Files.readAllLines(book)) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "began" -> {
                    begun.merge(words[1], 1, Integer::sum);
                    open++;
                }
                case "ended" -> {
                    open--;
                    if (words[2].equals("200")) {
                        answered.add(words[1]);
                    }
                }
                default -> open--;
            }
        }
        if (open != 0) {
            String name = String.valueOf(book.getFileName());
            unfinished.add(Long.parseLong(name.substring(0, name.indexOf('.'))));
        }
    }

    /// Checks all; engines in `killed` may have left requests unfinished.
    void judge(List<String> models, Set<Long> killed) {
        models.forEach(this::judge);
        judgeEnds();
        judgeLog();
        judgeEngines(killed);
    }

    private void judge(String model) {
        Predicate<Map<String, String>> its = labels -> model.equals(labels.get("model"));
        long asked = count(e -> e.model().equals(model));
        long seen = asked - count(e -> e.model().equals(model) && !logged(e));
        assertThat(sum(metrics, "cortex_requests_total", its))
                .as("requests for " + model)
                .isEqualTo(seen)
                .isEqualTo(sum(metrics, "cortex_request_duration_seconds_count", its));
        assertThat(sum(metrics, "cortex_completion_tokens_total", its))
                .as("tokens of " + model)
                .isBetween(
                        tokens(e -> e.model().equals(model) && e.end() == End.COMPLETE),
                        tokens(e -> e.model().equals(model) && begun.containsKey(e.id())));
    }

    private void judgeEnds() {
        long left = count(e -> e.end() == End.LEFT);
        long complete = count(e -> e.end() == End.COMPLETE);
        long failed = count(e -> e.end() == End.ERROR);
        assertThat(sum(metrics, "cortex_requests_total", l -> "200".equals(l.get("status"))))
                .as("answered well, or well begun")
                .isBetween(complete, complete + left + failed);
        assertThat(sum(metrics, "cortex_request_errors_total", l -> !gone(l)))
                .as("failed")
                .isBetween(failed, failed + left);
        long gone = sum(metrics, "cortex_request_errors_total", ChaosBooks::gone);
        assertThat(gone).as("clients that left").isLessThanOrEqualTo(left);
        assertThat(sum(metrics, "cortex_client_disconnects_total", _ -> true)).isEqualTo(gone);
        for (String gauge :
                List.of(
                        "cortex_requests_in_flight",
                        "cortex_model_in_flight",
                        "cortex_requests_queued")) {
            assertThat(sum(metrics, gauge, _ -> true)).as(gauge).isZero();
        }
    }

    /// One line for each request; who left before the gateway saw it at all may have none.
    private void judgeLog() {
        for (Ending ending : endings) {
            List<String> said = outcomes.getOrDefault(ending.id(), List.of());
            switch (ending.end()) {
                case COMPLETE -> assertThat(said).as("%s", ending).containsExactly("ok");
                case ERROR -> assertThat(said).as("%s", ending).hasSize(1).doesNotContain("ok");
                case LEFT, NEITHER -> assertThat(said).as("%s", ending).hasSizeLessThan(2);
            }
        }
    }

    private void judgeEngines(Set<Long> killed) {
        Set<String> known = new HashSet<>();
        endings.forEach(ending -> known.add(ending.id()));
        assertThat(known).as("what engines were asked").containsAll(begun.keySet());
        for (Ending ending : endings) {
            boolean complete = ending.end() == End.COMPLETE;
            assertThat(!complete || answered.contains(ending.id()))
                    .as("an engine did the whole of %s", ending)
                    .isTrue();
        }
        long again = begun.values().stream().mapToLong(times -> times - 1).sum();
        assertThat(again)
                .as("requests that reached an engine again")
                .isLessThanOrEqualTo(sum(metrics, "cortex_upstream_retries_total", _ -> true));
        assertThat(killed).as("engines that lost a request").containsAll(unfinished);
    }

    private boolean logged(Ending ending) {
        return outcomes.containsKey(ending.id());
    }

    private long count(Predicate<Ending> wanted) {
        return endings.stream().filter(wanted).count();
    }

    private long tokens(Predicate<Ending> wanted) {
        return endings.stream()
                .filter(e -> e.kind() != ChaosClient.Kind.VECTORS)
                .filter(wanted)
                .mapToLong(Ending::tokens)
                .sum();
    }

    /// The sum of the samples of a metric whose labels are wanted.
    static long sum(String metrics, String name, Predicate<Map<String, String>> wanted) {
        double sum = 0;
        Matcher matcher = SAMPLE.matcher(metrics);
        while (matcher.find()) {
            if (matcher.group(1).equals(name) && wanted.test(labels(matcher.group(2)))) {
                sum += Double.parseDouble(Objects.requireNonNull(matcher.group(3)));
            }
        }
        return Math.round(sum);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            labels.put(pair.substring(0, equals), pair.substring(equals + 1).replace("\"", ""));
        }
        return labels;
    }

    private static boolean gone(Map<String, String> labels) {
        return "client_gone".equals(labels.get("type"));
    }
}
