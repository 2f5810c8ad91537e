/// The `cortex` command.
module cortex.cli {
    requires cortex.core;
    requires cortex.gateway;
    requires cortex.relay;
    requires info.picocli;
    requires java.net.http;
}
