/// The node plane: discovers devices, runs engines, reports the truth about its host.
module cortex.neuron {
    requires cortex.core;
    requires cortex.relay;
    requires info.picocli;
    requires java.management;
    requires java.net.http;
    requires java.xml;

    // records on disk
    opens cortex.neuron.process to
            tools.jackson.databind;
}
