/// The `cortex` command.
module cortex.cli {
    requires cortex.core;
    requires cortex.gateway;
    requires info.picocli;
    requires java.net.http;
}
