package cortex.gateway.fleet;

import cortex.gateway.placement.footprint.Footprint;

/// Takes care that a fleet's next run knows what this one does. Its methods may be called by many
/// threads, in any order: what is to be kept is read from the fleet, by {@link Fleet#kept}.
public interface FleetStore {
    /// Forgets all.
    FleetStore NONE =
            new FleetStore() {
                @Override
                public void changed() {}

                @Override
                public void flush() {}

                @Override
                public void drifted(Footprint footprint) {}
            };

    /// Notes that what is to be kept has changed. Returns at once.
    void changed();

    /// Returns when all that has changed so far is kept, or cannot be, or that takes too long.
    void flush();

    /// Notes that a model was found to take far more or less than the catalogue says, and was not
    /// before. Returns at once.
    void drifted(Footprint footprint);
}
