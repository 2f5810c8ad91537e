package cortex.neuron.harness.cause;

import static cortex.neuron.harness.cause.CauseRules.rule;

import cortex.core.node.FailureCause.Kind;
import java.util.List;
import java.util.regex.Pattern;

/// What the demo engine's lines mean: those of the engine that it plays, and its own way to fail at
/// a load.
public final class DemoCauses {
    /// The rules.
    public static final CauseRules RULES =
            new CauseRules(
                    List.of(
                            rule(Kind.ARGUMENT, "^error: "),
                            rule(Kind.PORT_TAKEN, "couldn't bind HTTP server socket"),
                            rule(Kind.OUT_OF_MEMORY, "out of memory"),
                            rule(Kind.OTHER, "^CUDA error: ")),
                    Pattern.compile(
                            "\\W*|warning: .*|Loading .*|loading model '.*|failed to load model, .*"
                                    + "|exiting due to model loading error"),
                    Pattern.compile("^"));

    private DemoCauses() {}
}
