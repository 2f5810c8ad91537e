package cortex.core.dialect;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// What one request's body may hold. The scan counts it before anything is built of the body.
public final class RequestLimits {
    /// How deep arrays and objects may stand in each other.
    public static final int MAX_DEPTH = 500;

    /// The most tokens that a configuration may allow.
    public static final int MOST_TOKENS = 20_000_000;

    /// The defaults, far above what agents send: their longest conversations have some thousand
    /// turns and some hundred tools.
    public static final RequestLimits USUAL = new RequestLimits(2_000_000, 20_000, 4_000, 100_000);

    private final long maxTokens;
    private final int maxTurns;
    private final int maxTools;
    private final int maxParts;
    private final JsonFactory factory;

    /// Limits on tokens of JSON (names, values and brackets), on turns, on tools, and on the parts
    /// that turns consist of.
    public RequestLimits(long maxTokens, int maxTurns, int maxTools, int maxParts) {
        this.maxTokens = maxTokens;
        this.maxTurns = maxTurns;
        this.maxTools = maxTools;
        this.maxParts = maxParts;
        this.factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(MAX_DEPTH)
                                        .maxStringLength(Integer.MAX_VALUE)
                                        .maxTokenCount(maxTokens)
                                        .build())
                        .build();
    }

    /// The most tokens of JSON.
    public long maxTokens() {
        return maxTokens;
    }

    /// The most turns of a conversation.
    public int maxTurns() {
        return maxTurns;
    }

    /// The most tools, those within namespaces included.
    public int maxTools() {
        return maxTools;
    }

    /// The most content parts and tool calls of all turns together.
    public int maxParts() {
        return maxParts;
    }

    /// Is equal to limits with the same numbers.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RequestLimits limits
                && limits.maxTokens == maxTokens
                && limits.maxTurns == maxTurns
                && limits.maxTools == maxTools
                && limits.maxParts == maxParts;
    }

    @Override
    public int hashCode() {
        return Objects.hash(maxTokens, maxTurns, maxTools, maxParts);
    }

    /// Parsers that keep to them.
    JsonFactory factory() {
        return factory;
    }
}
