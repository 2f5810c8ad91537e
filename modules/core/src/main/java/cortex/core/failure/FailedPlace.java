package cortex.core.failure;

import cortex.core.log.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A node on which a load failed: `reason` says how, in a sentence of ours, `line` why, in the
/// engine's own words, null when no engine said anything; `ago` how long ago, null when that is
/// just now. Clients read of a place only how loading failed there, and nothing of one where none
/// was tried (`reason` is empty).
public record FailedPlace(
        String node, String reason, @Nullable String line, @Nullable Duration ago) {
    /// One where loading has just failed.
    public FailedPlace(String node, String reason, @Nullable String line) {
        this(node, reason, line, null);
    }

    /// One where no load was tried, and why not.
    public static FailedPlace untried(String node, String why) {
        return new FailedPlace(node, "", why);
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

    /// What clients read: how it failed, where it failed alike everywhere.
    static String outward(String model, List<FailedPlace> places) {
        List<String> how =
                places.stream()
                        .filter(place -> !place.reason.isEmpty())
                        .map(place -> Outward.ending(place.reason))
                        .distinct()
                        .toList();
        String why = how.size() == 1 ? ": " + how.getFirst() : " on any node";
        return "The model '" + model + "' could not be loaded" + why + ".";
    }
}
