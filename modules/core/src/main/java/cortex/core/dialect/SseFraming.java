package cortex.core.dialect;

import java.nio.charset.StandardCharsets;

/// Server-sent events as the gateway itself writes them.
public final class SseFraming {
    private static final byte[] KEEPALIVE = ": keepalive\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);

    private SseFraming() {}

    /// A comment, which every client skips; keeps proxies and clients from giving up.
    public static byte[] keepalive() {
        return KEEPALIVE.clone();
    }

    /// One event with a JSON text (without line breaks) as its data. With `afterPart` it first ends
    /// whatever line or event was cut off before it.
    public static byte[] data(byte[] json, boolean afterPart) {
        int lead = afterPart ? 2 : 0;
        byte[] event = new byte[lead + DATA.length + json.length + 2];
        if (afterPart) {
            event[0] = '\n';
            event[1] = '\n';
        }
        System.arraycopy(DATA, 0, event, lead, DATA.length);
        System.arraycopy(json, 0, event, lead + DATA.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        return event;
    }
}
