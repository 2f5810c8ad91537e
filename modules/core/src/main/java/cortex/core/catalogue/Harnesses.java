package cortex.core.catalogue;

import java.util.List;

/// The names of the harnesses there are. Catalogue and neuron configuration use the same.
public final class Harnesses {
    /// Runs mistral.rs.
    public static final String MISTRALRS = "mistralrs";

    /// Runs llama.cpp's llama-server.
    public static final String LLAMACPP = "llamacpp";

    /// Runs the demo engine that comes with this program.
    public static final String DEMO = "demo";

    /// All of them.
    public static final List<String> KNOWN = List.of(MISTRALRS, LLAMACPP, DEMO);

    private Harnesses() {}
}
