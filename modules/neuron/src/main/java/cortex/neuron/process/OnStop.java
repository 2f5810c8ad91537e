package cortex.neuron.process;

import java.util.Map;

/// What becomes of the engines when the neuron is stopped.
public enum OnStop {
    /// They go on, and the next neuron over the same state directory takes them over.
    KEEP,
    /// They are ended.
    UNLOAD;

    /// The variable in which systemd tells the process that it has started its own number.
    private static final String STARTED_BY_SYSTEMD = "SYSTEMD_EXEC_PID";

    /// What is usual for the process `pid` with that environment: systemd starts a service again,
    /// so its engines are kept; whoever stops a program on a terminal wants all of it to end. A
    /// shell hands the variable on, so only its number tells.
    public static OnStop usual(Map<String, String> environment, long pid) {
        return Long.toString(pid).equals(environment.get(STARTED_BY_SYSTEMD)) ? KEEP : UNLOAD;
    }
}
