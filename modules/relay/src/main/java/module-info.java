/// The HTTP edge and the byte relay shared by the programs: server set-up, client watch, exchange
/// with an engine, the pump. Knows bytes and sockets, neither models nor the fleet.
module cortex.relay {
    requires transitive cortex.core;
    requires transitive io.helidon.webserver;
    requires transitive java.net.http;
    requires io.helidon.common.concurrency.limits;
    requires io.helidon.common.configurable;
    requires io.helidon.common.pki;
    requires io.helidon.http.encoding;
    requires jdk.management;

    exports cortex.relay.connection;
    exports cortex.relay.door;
    exports cortex.relay.fleetkey;
    exports cortex.relay.guard;
    exports cortex.relay.http;
    exports cortex.relay.pump;
    exports cortex.relay.tls;
}
