/// The demo engine: a program that speaks llama-server's and mistral.rs's HTTP with scripted speed,
/// load time, memory use and faults.
module cortex.demo {
    requires cortex.core;
    requires info.picocli;
    requires java.desktop;
}
