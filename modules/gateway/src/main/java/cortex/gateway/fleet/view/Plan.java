package cortex.gateway.fleet.view;

import cortex.gateway.placement.Explanation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Is what would be done for a request made now: which replica it would go to and why, or how the
/// model would be loaded. `chosen` is the replica it would go to, null when it would wait; `waits`
/// whether it would, for a replica that there is or that is coming; `waiting` how many wait for the
/// model already; `load` the decision about loading it, or one more of it; `failedLoads` the places
/// where its last load failed.
public record Plan(
        String model,
        @Nullable Route chosen,
        List<Route> replicas,
        boolean waits,
        int waiting,
        Explanation load,
        List<FailedLoad> failedLoads) {
    public Plan {
        failedLoads = List.copyOf(failedLoads);
        replicas = List.copyOf(replicas);
    }

    /// Returns what happens, in one sentence without a full stop.
    public String headline() {
        Route to = chosen;
        if (to != null) {
            return model + ": a request would go to " + to.node() + because(to);
        }
        return waits
                ? model + ": a request would wait for a replica" + behind()
                : model + " " + load.text();
    }

    private String behind() {
        return switch (waiting) {
            case 0 -> "";
            case 1 -> ", after 1 other";
            default -> ", after " + waiting + " others";
        };
    }

    private String because(Route to) {
        if (replicas.size() == 1) {
            return ", where it is loaded";
        }
        if (replicas.stream().filter(replica -> replica.obstacle() == null).count() == 1) {
            return ", the only replica that takes requests now";
        }
        boolean least = replicas.stream().allMatch(r -> to.pressure() <= r.pressure());
        if (to.served()) {
            String busier = least ? "" : " and is hardly busier than the others";
            return ", which served the conversation before" + busier;
        }
        return ", which has the lowest load for its slots";
    }

    /// Returns all of it for people: several lines, without a line break at the end.
    public String text() {
        boolean nodesFollow = chosen == null && !load.nodes().isEmpty();
        StringBuilder text =
                new StringBuilder(
                                nodesFollow && !waits
                                        ? model + " " + PlanText.brief(load)
                                        : headline())
                        .append('.');
        for (Route replica : replicas) {
            text.append("\n  replica on ").append(replica.text());
        }
        failedLoads.forEach(failed -> PlanText.append(text, model, failed));
        if (chosen == null) {
            PlanText.append(text, load);
        }
        return text.toString();
    }
}
