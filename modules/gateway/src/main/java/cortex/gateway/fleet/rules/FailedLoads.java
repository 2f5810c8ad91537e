package cortex.gateway.fleet.rules;

import cortex.core.node.FailureCause.Kind;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Remembers where loads of one model failed and have not been successful since, and where it has
/// worked. What is remembered goes when it may be true no longer.
public final class FailedLoads {
    /// What a missing file may look like: a neuron refuses one that is not below its `model_dirs`.
    private static final Set<Kind> OF_FILES =
            EnumSet.of(Kind.FILE_MISSING, Kind.FILE_DAMAGED, Kind.REFUSED);

    private final Map<String, Backoff> failed = new LinkedHashMap<>();
    private final Set<String> worked = new HashSet<>();
    private final Runnable changed;
    private boolean everywhere;

    /// Makes one that has seen nothing; `changed` is told of each change that readers see.
    public FailedLoads(Runnable changed) {
        this.changed = changed;
    }

    /// Notes that a load failed on a node.
    public void failed(String node, Backoff how) {
        failed.put(node, how);
        changed.run();
    }

    /// Notes that a node does not try to load it now.
    public void rests(String node, Rest rest, long now) {
        failed(node, Backoff.resting(failed.get(node), rest, now));
    }

    /// Notes what a report says of the same.
    public void toldOfRest(String node, Rest rest, long now) {
        Backoff last = failed.get(node);
        if (last == null || !last.knows(rest, now)) {
            rests(node, rest, now);
        }
    }

    /// Notes that the model works on a node.
    public void worked(String node) {
        failed.remove(node);
        worked.add(node);
        everywhere = false;
        changed.run();
    }

    /// Returns how the last load failed on a node; null when it did not, or worked since.
    public @Nullable Backoff on(String node) {
        return failed.get(node);
    }

    /// Returns whether the model has worked on a node, and no load of it has failed there since.
    public boolean works(String node) {
        return worked.contains(node) && !failedOn(node);
    }

    /// Returns whether a load of it failed on a node, and none was successful there since.
    public boolean failedOn(String node) {
        Backoff last = failed.get(node);
        return last != null && !last.onlyRests();
    }

    /// Returns the failures by node, the first first.
    public Map<String, Backoff> all() {
        return Collections.unmodifiableMap(failed);
    }

    /// Forgets how loads failed on a node, as when its neuron was started anew.
    public void forget(String node) {
        if (failed.remove(node) != null) {
            everywhere(false);
            changed.run();
        }
    }

    /// Forgets what may have failed for want of files on a node, as when they are there.
    public void forgetFiles(String node) {
        Backoff last = failed.get(node);
        if (last != null && OF_FILES.contains(last.cause().kind())) {
            forget(node);
        }
    }

    /// Forgets that only a change helps on a node, as when it has changed.
    public void forgetLasting(String node) {
        Backoff last = failed.get(node);
        if (last != null && last.lasting()) {
            forget(node);
        }
    }

    /// Forgets the same of all nodes, as when the profile has changed.
    public void forgetLasting() {
        Set.copyOf(failed.keySet()).forEach(this::forgetLasting);
    }

    /// Notes whether no node can load the model before something changes.
    public void everywhere(boolean now) {
        if (everywhere != now) {
            everywhere = now;
            changed.run();
        }
    }

    /// Returns whether no node can load the model before something changes.
    public boolean everywhere() {
        return everywhere;
    }
}
