package cortex.gateway.fleet.machine;

/// Counts the changes that readers of the fleet see.
final class Changes {
    private long count;

    void note() {
        count++;
    }

    long count() {
        return count;
    }
}
