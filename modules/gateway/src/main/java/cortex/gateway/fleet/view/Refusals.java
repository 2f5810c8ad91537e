package cortex.gateway.fleet.view;

import cortex.core.failure.Failure;
import cortex.gateway.placement.Decision;
import cortex.gateway.placement.Reason;
import cortex.gateway.placement.Verdict;
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

    /// Refuses a model that one node can never serve, whatever others can.
    public static Failure neverOn(String node, String model, Decision decision) {
        String why =
                decision.verdicts().stream()
                        .map(verdict -> verdict.reason().outward())
                        .findFirst()
                        .orElse("");
        String text =
                node
                        + " can never serve '"
                        + model
                        + "': it "
                        + why
                        + ". Leave the node out to load it elsewhere.";
        return new Failure.Unservable(model, text, detail(decision));
    }

    /// Refuses a model that no node can serve now: loading failed a moment ago, or there is no
    /// room.
    public static Failure notNow(String model, Decision decision, long now) {
        for (Verdict verdict : decision.verdicts()) {
            if (verdict.reason() instanceof Reason.BackOff backOff) {
                Duration wait = Duration.ofNanos(Math.max(0, backOff.retryAt() - now));
                return new Failure.LoadFailed(
                        model, verdict.room().node(), backOff.cause(), wait.plusSeconds(1));
            }
        }
        String text =
                decision.verdicts().isEmpty()
                        ? "No node is configured"
                        : "No node can serve '" + model + "' now: " + decision.outward();
        return new Failure.NoCapacity(model, text + ".", detail(decision), RETRY);
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

    /// Refuses a model whose loading was tried often enough.
    public static Failure loadFailed(String model, String node, String reason) {
        return new Failure.LoadFailed(model, node, reason, RETRY);
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
