package cortex.gateway.placement.footprint;

import java.util.Map;

/// What one model is believed to take as it is loaded now, by the number of devices: of all of them
/// together, and how much more than its part any one of them may need. In MiB.
public record Learned(Map<Integer, Long> mb, Map<Integer, Long> unevenMb) {
    /// Nothing was measured.
    public static final Learned NOTHING = new Learned(Map.of(), Map.of());

    public Learned {
        mb = Map.copyOf(mb);
        unevenMb = Map.copyOf(unevenMb);
    }
}
