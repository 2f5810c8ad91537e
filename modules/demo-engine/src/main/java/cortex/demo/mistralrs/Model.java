package cortex.demo.mistralrs;

import cortex.demo.work.Generator;
import cortex.demo.work.Slots;
import java.util.concurrent.atomic.AtomicBoolean;

/// One loaded model: what it runs on, and whether every running sequence is to be dropped before
/// its next token. A reload makes a new one.
record Model(String id, Slots slots, Generator generator, AtomicBoolean terminated) {}
