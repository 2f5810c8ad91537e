package cortex.gateway.placement;

import cortex.core.node.EngineOptions;
import cortex.gateway.placement.Verdict.Standing;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Says what is to be done so that a model can be served, and what was thought of each node, the
/// best first. `chosen` is the verdict of the node it is about, null when there is none.
public record Decision(
        String model,
        Demand demand,
        Outcome outcome,
        @Nullable Verdict chosen,
        List<Verdict> verdicts) {
    private static final int NODES_IN_WORDS = 6;

    public Decision {
        verdicts = List.copyOf(verdicts);
    }

    /// Names what is to be done.
    public enum Outcome {
        /// Load it on the chosen node's devices.
        LOAD,
        /// Unload the chosen verdict's victims, then ask again.
        MAKE_ROOM,
        /// Ask again when the chosen node has changed.
        WAIT,
        /// Nobody can hold it now.
        NOT_NOW,
        /// Returns all nodes are known and none can ever hold it.
        NEVER
    }

    /// Returns how the engine is to run the model: as the catalogue says, and split over the chosen
    /// devices in the shares that were reckoned with. llama-server would else split by what is free
    /// at that moment, others' reservations included.
    public EngineOptions options(EngineOptions catalogue) {
        Verdict to = chosen;
        if (to == null
                || to.devices().size() < 2
                || demand.split().even()
                || !catalogue.tensorSplit().isEmpty()
                || demand.totalMb(to.devices().size()) == null) {
            return catalogue;
        }
        return new EngineOptions(
                catalogue.origin(),
                catalogue.context(),
                catalogue.parallel(),
                catalogue.gpuLayers(),
                parts(catalogue),
                catalogue.mmproj(),
                catalogue.args());
    }

    /// Returns what each of the chosen devices gets of the model when its engine is given such
    /// options, in proportion to each other: the shares without what one of them may need more,
    /// unless the catalogue tells a split.
    public List<Double> parts(EngineOptions catalogue) {
        Verdict to = chosen;
        if (to == null) {
            return List.of();
        }
        if (catalogue.tensorSplit().size() == to.devices().size()) {
            return catalogue.tensorSplit();
        }
        double uneven = demand.memory().unevenMb(to.devices().size());
        return to.sharesMb().stream().map(share -> Math.max(1, share - uneven)).toList();
    }

    /// Returns whether another decision comes to the same: the outcome, the node and the devices.
    public boolean sameAs(Decision other) {
        Verdict mine = chosen;
        Verdict others = other.chosen;
        if (mine == null || others == null) {
            return outcome == other.outcome && mine == null && others == null;
        }
        return outcome == other.outcome
                && mine.room().node().equals(others.room().node())
                && mine.devices().equals(others.devices());
    }

    /// Returns what is done and why, without a full stop: the node and its devices' memory, who
    /// leaves at what cost, and why each other node is not the one.
    public String headline() {
        Verdict best = chosen;
        String to = best == null ? text() : best + others(best.room().node());
        return switch (outcome) {
            case LOAD -> model + ": is loaded on " + to;
            case MAKE_ROOM -> model + ": room is made on " + to;
            case WAIT -> model + ": waits for " + to;
            case NOT_NOW -> model + ": cannot be served now; " + to;
            case NEVER -> model + ": can never be served; " + to;
        };
    }

    private String others(String node) {
        List<Verdict> others =
                verdicts.stream().filter(verdict -> !verdict.room().node().equals(node)).toList();
        return others.isEmpty() ? "" : "; not on " + text(others);
    }

    /// Returns each node with its reason, the best first; a long fleet is cut short.
    public String text() {
        return text(verdicts);
    }

    /// Returns what clients read of it: what kinds of reasons there are, and nothing of the nodes.
    /// Nodes that could never hold the model only count where none could.
    public String outward() {
        return verdicts.stream()
                .filter(verdict -> outcome == Outcome.NEVER || verdict.standing() != Standing.NEVER)
                .map(verdict -> verdict.reason().outward())
                .distinct()
                .collect(Collectors.joining(", and "));
    }

    /// Returns whether loads have failed wherever the model could go, or its files are missing
    /// there, and only a change helps.
    public boolean hopeless() {
        boolean failed = false;
        for (Verdict verdict : verdicts) {
            boolean lasts =
                    verdict.reason() instanceof Reason.NoFile
                            || (verdict.reason() instanceof Reason.Failed last && last.lasts());
            if (!lasts && verdict.standing() != Standing.NEVER) {
                return false;
            }
            failed |= lasts;
        }
        return failed;
    }

    /// Returns a sentence of somebody else's among ours: whoever puts it there says where it ends.
    private static String open(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static String text(List<Verdict> some) {
        String text =
                some.stream()
                        .limit(NODES_IN_WORDS)
                        .map(Verdict::toString)
                        .map(Decision::open)
                        .collect(Collectors.joining("; "));
        int more = some.size() - NODES_IN_WORDS;
        return more > 0 ? text + "; and " + more + " more nodes" : text;
    }
}
