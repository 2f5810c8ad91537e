package cortex.gateway.fleet.rules;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Collects what an event has made worth scheduling again, until the scheduler runs. Changed by its
/// one owner.
///
/// @param <M> a model
public final class Dirty<M> {
    private final Set<M> models = new LinkedHashSet<>();
    private final Set<M> queues = new LinkedHashSet<>();
    private boolean all;

    /// Marks everything: memory, nodes or replicas have changed, and any model may gain by it.
    public void all() {
        all = true;
    }

    /// Marks one model: somebody began to wait for it, or a slot of it is free.
    public void model(M model) {
        models.add(model);
    }

    /// Marks the queue of a loaded model: one more request waits, and nothing else has changed.
    public void queue(M model) {
        queues.add(model);
    }

    /// Returns whether everything is marked.
    public boolean isAll() {
        return all;
    }

    /// Takes the marked models; those whose queues alone are marked are not among them.
    public List<M> takeModels() {
        return take(models);
    }

    /// Takes the models whose queues are marked.
    public List<M> takeQueues() {
        return take(queues);
    }

    private static <M> List<M> take(Set<M> marked) {
        if (marked.isEmpty()) {
            return List.of();
        }
        List<M> taken = new ArrayList<>(marked);
        marked.clear();
        return taken;
    }

    /// Forgets every mark.
    public void clear() {
        all = false;
        models.clear();
        queues.clear();
    }
}
