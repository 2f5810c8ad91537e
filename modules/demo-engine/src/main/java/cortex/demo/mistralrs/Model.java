package cortex.demo.mistralrs;

import cortex.demo.work.Generator;
import cortex.demo.work.Slots;

/// One loaded model: what it runs on, and whether it has been told to stop. A reload makes a new
/// one.
final class Model {
    private final String id;
    private final Slots slots;
    private final Generator generator;
    private volatile boolean terminated;

    Model(String id, Slots slots, Generator generator) {
        this.id = id;
        this.slots = slots;
        this.generator = generator;
    }

    String id() {
        return id;
    }

    Slots slots() {
        return slots;
    }

    Generator generator() {
        return generator;
    }

    /// Drops every running sequence before its next token.
    void terminate() {
        terminated = true;
    }

    boolean terminated() {
        return terminated;
    }
}
