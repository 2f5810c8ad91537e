/// The control plane: one API over the fleet; routes, loads, evicts, relays, measures. What it
/// exports to the simulation is the fleet's machine, which that runs in virtual time.
@SuppressWarnings("module") // The simulation is built after it.
module cortex.gateway {
    requires transitive cortex.core;
    requires transitive cortex.relay;
    requires java.management;
    requires micrometer.core;
    requires micrometer.registry.prometheus;

    exports cortex.gateway;
    exports cortex.gateway.access;
    exports cortex.gateway.config;
    exports cortex.gateway.fleet.machine to
            cortex.simulation;
    exports cortex.gateway.fleet.queue to
            cortex.simulation;
    exports cortex.gateway.fleet.rules to
            cortex.simulation;
    exports cortex.gateway.fleet.view to
            cortex.simulation;
    exports cortex.gateway.placement to
            cortex.simulation;
    exports cortex.gateway.placement.eviction to
            cortex.simulation;

    opens cortex.gateway.admission to
            tools.jackson.databind;
    opens cortex.gateway.fleet to
            tools.jackson.databind;
    opens cortex.gateway.fleet.machine to
            tools.jackson.databind;
    opens cortex.gateway.fleet.view to
            tools.jackson.databind;
    opens cortex.gateway.loading to
            tools.jackson.databind;
    opens cortex.gateway.placement to
            tools.jackson.databind;
    opens cortex.gateway.placement.footprint to
            tools.jackson.databind;
}
