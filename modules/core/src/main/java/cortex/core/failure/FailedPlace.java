package cortex.core.failure;

import cortex.core.log.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A node that does not have a model, and why: `reason` says how that came, in a sentence of ours,
/// `line` why, in the engine's own words, null when no engine said anything; `ago` how long ago,
/// null when that is just now. Clients read of a place only how it failed there, and nothing of one
/// where nothing was tried.
public record FailedPlace(
        String node, Outcome how, String reason, @Nullable String line, @Nullable Duration ago) {
    /// What became of the model there.
    public enum Outcome {
        /// Loading it failed.
        LOAD_FAILED,
        /// Its engine ended while it served.
        DIED_SERVING,
        /// The node takes no load now.
        REFUSED,
        /// It was not tried there.
        UNTRIED;

        /// Returns the word for it in JSON.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// Returns what a word stands for; null for any other.
        public static @Nullable Outcome of(String word) {
            return Stream.of(values())
                    .filter(how -> how.word().equals(word))
                    .findFirst()
                    .orElse(null);
        }
    }

    /// One where loading has just failed.
    public FailedPlace(String node, String reason, @Nullable String line) {
        this(node, Outcome.LOAD_FAILED, reason, line, null);
    }

    /// One where no load was tried, and why not.
    public static FailedPlace untried(String node, String why) {
        return new FailedPlace(node, Outcome.UNTRIED, "", why, null);
    }

    /// What operators read first: the engine's own line, else ours.
    public String why() {
        return line == null ? reason : line;
    }

    /// What operators read: each reason once, after the nodes that gave it.
    static String told(List<FailedPlace> places) {
        Map<String, List<String>> nodes = new LinkedHashMap<>();
        for (FailedPlace place : places) {
            nodes.computeIfAbsent(place.why(), any -> new ArrayList<>()).add(place.named());
        }
        return nodes.entrySet().stream()
                .map(each -> String.join(", ", each.getValue()) + ": " + each.getKey())
                .collect(Collectors.joining("; "));
    }

    private String named() {
        return ago == null ? node : node + " (" + Quantity.roughly(ago) + " ago)";
    }

    /// Whether all that is known to have failed is engines that ended while they served.
    public static boolean onlyDied(List<FailedPlace> places) {
        return places.stream().noneMatch(place -> place.how == Outcome.LOAD_FAILED)
                && places.stream().anyMatch(place -> place.how == Outcome.DIED_SERVING);
    }

    /// What clients read: how it failed, where it failed alike everywhere.
    static String outward(String model, List<FailedPlace> places, Duration retryAfter) {
        if (onlyDied(places)) {
            String again = Quantity.ofWait(retryAfter) + ". Try again then.";
            List<String> how = alike(places, Outcome.DIED_SERVING);
            return how.size() == 1
                    ? "'%s': %s while it served, and is started again in %s"
                            .formatted(model, how.getFirst(), again)
                    : "'%s': its engines ended while they served, and are started again in %s"
                            .formatted(model, again);
        }
        List<String> how = alike(places, Outcome.LOAD_FAILED);
        String why = how.size() == 1 ? ": " + how.getFirst() : " on any node";
        return "The model '" + model + "' could not be loaded" + why + ".";
    }

    private static List<String> alike(List<FailedPlace> places, Outcome how) {
        return places.stream()
                .filter(place -> place.how == how)
                .map(place ->
                        how == Outcome.DIED_SERVING
                                ? Outward.death(place.reason)
                                : Outward.ending(place.reason))
                .distinct()
                .toList();
    }
}
