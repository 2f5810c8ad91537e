package cortex.gateway.placement.footprint;

import java.util.HashMap;
import java.util.Map;

/// Is what one model is believed to take as it is loaded now, by the number of devices: of all of
/// them together, and how much more than its part any one of them may need. In MiB. `own` is what
/// only one node, by its name, says of itself.
public record Learned(
        Map<Integer, Long> mb, Map<Integer, Long> unevenMb, Map<String, Learned> own) {
    /// Nothing was measured.
    public static final Learned NOTHING = new Learned(Map.of(), Map.of());

    public Learned {
        mb = Map.copyOf(mb);
        unevenMb = Map.copyOf(unevenMb);
        own = Map.copyOf(own);
    }

    /// Makes what holds on every node.
    public Learned(Map<Integer, Long> mb, Map<Integer, Long> unevenMb) {
        this(mb, unevenMb, Map.of());
    }

    /// Returns it as it is on one node.
    public Learned on(String node) {
        Learned here = own.get(node);
        if (here == null) {
            return this;
        }
        Map<Integer, Long> all = new HashMap<>(mb);
        Map<Integer, Long> uneven = new HashMap<>(unevenMb);
        all.putAll(here.mb);
        uneven.putAll(here.unevenMb);
        return new Learned(all, uneven);
    }
}
