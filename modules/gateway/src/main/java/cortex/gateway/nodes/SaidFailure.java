package cortex.gateway.nodes;

import cortex.core.node.FailureCause;
import cortex.core.node.FailureCause.Kind;
import cortex.core.node.ModelInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a neuron says of a failed model, each in one line, made printable and cut short: `reason`
/// says how, `cause` why.
record SaidFailure(@Nullable String reason, @Nullable FailureCause cause) {
    /// How an older neuron joins the engine's last lines to its own sentence.
    private static final String LAST_LINES = "; its last words:\n";

    private static final int LONGEST = 500;

    static SaidFailure of(ModelInfo.Engine engine) {
        String reason = engine.reason();
        FailureCause cause = engine.cause();
        if (cause != null) {
            return new SaidFailure(
                    line(reason), new FailureCause(cause.kind(), line(cause.line())));
        }
        int at = reason == null ? -1 : reason.indexOf(LAST_LINES);
        if (reason == null || at < 0) {
            return new SaidFailure(line(reason), null);
        }
        List<String> lines = reason.lines().filter(line -> !line.isBlank()).toList();
        return new SaidFailure(
                line(reason.substring(0, at)), new FailureCause(Kind.OTHER, line(lines.getLast())));
    }

    /// What it says as it refuses a load: how the last one ended, and why.
    static SaidFailure of(@Nullable String ending, @Nullable String why) {
        FailureCause cause = why == null ? null : new FailureCause(Kind.OTHER, line(why));
        return new SaidFailure(line(ending == null ? why : ending), cause);
    }

    static @Nullable String line(@Nullable String said) {
        String clean = ReportRules.words(said);
        if (clean == null) {
            return null;
        }
        String line = clean.strip().replaceAll("[\n\t]+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
