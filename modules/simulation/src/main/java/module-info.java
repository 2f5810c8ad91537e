/// The fleet's real machine and planner in virtual time: among faults, to prove it harmless, and
/// with a trace of requests, to compare strategies.
module cortex.simulation {
    requires transitive cortex.core;
    requires transitive cortex.gateway;

    exports cortex.simulation;
    exports cortex.simulation.replay;

    opens cortex.simulation.replay to
            tools.jackson.databind;
}
