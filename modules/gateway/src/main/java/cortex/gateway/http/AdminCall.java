package cortex.gateway.http;

import java.util.Locale;

/// What can be asked for below `/admin/`, each under its one path.
public enum AdminCall {
    /// The nodes, the replicas and what waits for them.
    FLEET,
    /// What would be done for a request made now.
    PLAN,
    /// The last output of a model's engine.
    LOGS,
    /// The requests that have ended, or those of one id.
    REQUESTS,
    /// A model loaded.
    LOAD,
    /// A model unloaded.
    UNLOAD,
    /// A model never unloaded to make room.
    PIN,
    /// The end of a pin.
    UNPIN,
    /// A node emptied.
    DRAIN,
    /// A node in use again.
    UNDRAIN;

    private final String path = "/admin/" + name().toLowerCase(Locale.ROOT);

    /// The whole path.
    public String path() {
        return path;
    }

    /// Whether it changes the fleet.
    boolean changes() {
        return switch (this) {
            case FLEET, PLAN, LOGS, REQUESTS -> false;
            case LOAD, UNLOAD, PIN, UNPIN, DRAIN, UNDRAIN -> true;
        };
    }
}
