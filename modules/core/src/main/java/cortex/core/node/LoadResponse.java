package cortex.core.node;

/// The answer to a load: `loaded` when it already was, else `loading`; `replica` names this load.
public record LoadResponse(ModelStatus status, String replica) {}
