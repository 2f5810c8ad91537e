package cortex.gateway.fleet.machine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Collects what an event has made worth scheduling again, until the scheduler runs.
final class Dirty {
    private final Set<ModelState> models = new LinkedHashSet<>();
    private final Set<ModelState> queues = new LinkedHashSet<>();
    private boolean all;

    /// Marks everything: memory, nodes or replicas have changed, and any model may gain by it.
    void all() {
        all = true;
    }

    /// Marks one model: somebody began to wait for it, or a slot of it is free.
    void model(ModelState model) {
        models.add(model);
    }

    /// Marks the queue of a loaded model: one more request waits, and nothing else has changed.
    void queue(ModelState model) {
        queues.add(model);
    }

    boolean isAll() {
        return all;
    }

    /// Takes the marked models; those whose queues alone are marked are not among them.
    List<ModelState> takeModels() {
        List<ModelState> taken = models.isEmpty() ? List.of() : new ArrayList<>(models);
        models.clear();
        return taken;
    }

    /// Takes the models whose queues are marked.
    List<ModelState> takeQueues() {
        List<ModelState> taken = queues.isEmpty() ? List.of() : new ArrayList<>(queues);
        queues.clear();
        return taken;
    }

    /// Forgets every mark.
    void clear() {
        all = false;
        models.clear();
        queues.clear();
    }
}
