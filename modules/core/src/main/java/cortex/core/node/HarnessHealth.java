package cortex.core.node;

/// How one harness of a node is: `cycles` are the models that were loaded in it and have gone again
/// since its process started (or since its last restart, where each model has a process of its
/// own); `restartable` is whether `POST /harnesses/{name}/restart` can do anything; `inFlight` are
/// the requests at all its models.
public record HarnessHealth(String name, int cycles, boolean restartable, int inFlight) {}
