package cortex.gateway.fleet;

import cortex.gateway.fleet.machine.FleetEvent.Wishes;
import cortex.gateway.placement.footprint.Footprint;

/// Keeps what a fleet is to know in its next run. Its methods return at once, and may be called by
/// many threads.
public interface Memory {
    /// Forgets all.
    Memory NONE =
            new Memory() {
                @Override
                public void learned(Footprint footprint) {}

                @Override
                public void wanted(Wishes wishes) {}
            };

    /// Takes note of what a model was measured to take.
    void learned(Footprint footprint);

    /// Takes note of what operators want now, instead of what they wanted before.
    void wanted(Wishes wishes);
}
