/// The control plane: one API over the fleet; routes, loads, evicts, relays, measures.
module cortex.gateway {
    requires transitive cortex.core;
    requires transitive cortex.relay;
    requires java.management;
    requires micrometer.core;
    requires micrometer.registry.prometheus;

    exports cortex.gateway;
    exports cortex.gateway.access;
    exports cortex.gateway.config;
    exports cortex.gateway.replay;
    exports cortex.gateway.simulation;

    opens cortex.gateway.admission to
            tools.jackson.databind;
    opens cortex.gateway.fleet to
            tools.jackson.databind;
    opens cortex.gateway.fleet.machine to
            tools.jackson.databind;
    opens cortex.gateway.fleet.rules to
            tools.jackson.databind;
    opens cortex.gateway.loading to
            tools.jackson.databind;
    opens cortex.gateway.placement to
            tools.jackson.databind;
    opens cortex.gateway.placement.footprint to
            tools.jackson.databind;
    opens cortex.gateway.replay to
            tools.jackson.databind;
}
