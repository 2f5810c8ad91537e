package cortex.gateway.fleet.view;

import org.jspecify.annotations.Nullable;

/// Is one replica as a request might go to it: how busy it is (`inFlight` from here, `elsewhere`
/// from other gateways, `slots` what its engine does at once, null when it does not say), whether
/// it served the conversation before, and why it gets no request now, null when it may.
public record Route(
        String node,
        int inFlight,
        int elsewhere,
        @Nullable Integer slots,
        double pressure,
        boolean served,
        @Nullable String obstacle) {
    /// Returns one line for people.
    public String text() {
        String others = elsewhere == 0 ? "" : " and " + elsewhere + " of other gateways";
        String of = slots == null ? "" : " of " + slots;
        String before = served ? ", served the conversation before" : "";
        String why = obstacle == null ? "" : ", takes no requests: " + obstacle;
        return node + ": " + inFlight + of + " in flight" + others + before + why;
    }
}
