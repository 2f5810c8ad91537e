/// The node plane: discovers devices, runs engines, reports the truth about its host.
module cortex.neuron {
    requires cortex.core;
    requires cortex.relay;
    requires info.picocli;
    requires java.management;
    requires java.xml;
}
