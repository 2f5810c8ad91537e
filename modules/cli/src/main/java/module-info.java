/// The `cortex` command.
module cortex.cli {
    requires cortex.core;
    requires cortex.gateway;
    requires cortex.relay;
    requires cortex.simulation;
    requires info.picocli;
    requires java.net.http;
}
