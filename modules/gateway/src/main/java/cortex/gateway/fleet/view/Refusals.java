package cortex.gateway.fleet.view;

import cortex.core.failure.FailedPlace;
import cortex.core.failure.FailedPlace.Outcome;
import cortex.core.failure.Failure;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Reason;
import cortex.gateway.placement.Verdict;
import cortex.gateway.placement.Verdict.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes the refusals of requests and wishes: a sentence for the client, and when to try again.
public final class Refusals {
    private static final int CONFLICT = 409;
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(2);

    private Refusals() {}

    /// Refuses a model that no node can ever serve.
    public static Failure never(String model, Decision decision) {
        String text = "No node can ever serve '" + model + "': " + decision.outward() + ".";
        return new Failure.Unservable(model, text, detail(decision));
    }

    /// Refuses an operator for whose model one node can never do, whatever others can.
    public static Failure neverOn(String node, String model, Decision decision) {
        String text =
                node + " can never serve '" + model + "'. Leave the node out to load it elsewhere.";
        return new Failure.Unservable(model, text, detail(decision));
    }

    /// Refuses a model that no node can serve now: loading failed a moment ago, or there is no
    /// room.
    public static Failure notNow(String model, Decision decision) {
        List<FailedPlace> places = new ArrayList<>();
        Duration wait = null;
        boolean failed = false;
        for (Verdict verdict : decision.verdicts()) {
            if (verdict.reason() instanceof Reason.Failed last) {
                failed |= last.place().how() != Outcome.REFUSED;
                places.add(last.place());
                wait = shorter(wait, last.left());
            } else if (verdict.standing() != Standing.NEVER) {
                places.add(FailedPlace.untried(verdict.room().node(), verdict.reason().text()));
            }
        }
        if (failed) {
            Duration retry = wait == null ? LONGEST_RETRY : wait.plusSeconds(1);
            return new Failure.LoadFailed(model, List.copyOf(places), retry);
        }
        String text =
                decision.verdicts().isEmpty()
                        ? "No node is configured"
                        : "No node can serve '" + model + "' now: " + decision.outward();
        Duration soon = wait == null ? RETRY : wait.plusSeconds(1);
        Duration retry = decision.hopeless() ? LONGEST_RETRY : soon;
        return new Failure.NoCapacity(model, text + ".", detail(decision), retry);
    }

    private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) < 0 ? one : other;
    }

    /// Returns what clients do not read of the decision, if anything.
    private static @Nullable String detail(Decision decision) {
        String all = decision.text();
        return all.equals(decision.outward()) ? null : all;
    }

    /// Is a model that is pinned on a node, by the catalogue or by an operator.
    public record Pin(String model, String node, boolean byCatalogue) {}

    /// Refuses an operator who wants away what is pinned; there is at least one pin.
    public static Failure pinned(List<Pin> pins, String what) {
        List<String> lines = new ArrayList<>();
        for (Pin pin : pins) {
            String place = "'" + pin.model() + "' is pinned on '" + pin.node() + "'";
            lines.add(place + (pin.byCatalogue() ? " by pinned_on in models.toml" : ""));
        }
        boolean all = pins.stream().allMatch(Pin::byCatalogue);
        String text =
                String.join("; ", lines)
                        + ". "
                        + what
                        + (all
                                ? "Remove the node from pinned_on and restart cortex, or"
                                : "Unpin first (" + unpins(pins) + "), or")
                        + " repeat with --force (\"force\": true).";
        return new Failure.Unsupported(CONFLICT, text, "pinned");
    }

    private static String unpins(List<Pin> pins) {
        return pins.stream()
                .filter(pin -> !pin.byCatalogue())
                .map(pin -> "cortex unpin " + pin.model() + " " + pin.node())
                .collect(Collectors.joining(", "));
    }

    /// Refuses a request as the queue is full. Another try is of use when the next load is over,
    /// taking `loadSecs` (null when not known).
    public static Failure full(String model, int waiting, @Nullable Double loadSecs) {
        String many = waiting == 1 ? "One request is" : waiting + " requests are";
        String text = many + " waiting for '" + model + "' already.";
        return new Failure.Overloaded(text, patience(loadSecs));
    }

    private static Duration patience(@Nullable Double loadSecs) {
        if (loadSecs == null) {
            return RETRY;
        }
        Duration load = Duration.ofSeconds((long) Math.ceil(loadSecs));
        return load.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : load.plusSeconds(1);
    }
}
