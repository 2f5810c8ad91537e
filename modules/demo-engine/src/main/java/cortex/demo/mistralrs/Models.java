package cortex.demo.mistralrs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which models are loaded, unloaded and being reloaded, with the faults of mistral.rs 0.9.2 kept:
/// a reload marks the id before it looks whether there is anything to reload and forgets to take
/// the mark back; unloading the default leaves the default elsewhere, or nowhere, for good.
final class Models {
    private final ModelLoader loader;
    private final Function<String, Model> maker;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Model> loaded = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Set<String> unloaded = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Set<String> reloading = new LinkedHashSet<>();

    @GuardedBy("lock")
    private @Nullable String byDefault;

    Models(ModelLoader loader, Function<String, Model> maker) {
        this.loader = loader;
        this.maker = maker;
    }

    /// What a lifecycle call answers; `error` only with `internal_error`.
    record Outcome(String status, @Nullable String error) {
        static Outcome of(String status) {
            return new Outcome(status, null);
        }
    }

    /// An id as it is listed.
    record Listed(String id, String status) {}

    /// Loads at start; the first becomes the default.
    void add(String id) throws InterruptedException {
        loader.load(id, false);
        lock.lock();
        try {
            loaded.put(id, maker.apply(id));
            byDefault = byDefault == null ? id : byDefault;
        } finally {
            lock.unlock();
        }
    }

    Outcome unload(String id) {
        lock.lock();
        try {
            Model model = loaded.remove(id);
            if (model == null) {
                return Outcome.of(unloaded.contains(id) ? "unloaded" : "not_found");
            }
            unloaded.add(id);
            if (id.equals(byDefault)) {
                byDefault = loaded.isEmpty() ? null : loaded.keySet().iterator().next();
            }
            model.terminate();
        } finally {
            lock.unlock();
        }
        loader.unload(id);
        return Outcome.of("unloaded");
    }

    Outcome reload(String id) throws InterruptedException {
        lock.lock();
        try {
            if (!reloading.add(id)) {
                return Outcome.of("reloading");
            }
            if (!unloaded.contains(id)) {
                return Outcome.of("not_found"); // and the mark stays: the phantom reload
            }
        } finally {
            lock.unlock();
        }
        try {
            loader.load(id, true);
        } catch (IllegalStateException e) {
            lock.lock();
            try {
                reloading.remove(id);
            } finally {
                lock.unlock();
            }
            return new Outcome("internal_error", e.getMessage());
        }
        lock.lock();
        try {
            unloaded.remove(id);
            reloading.remove(id);
            loaded.put(id, maker.apply(id));
        } finally {
            lock.unlock();
        }
        return Outcome.of("loaded");
    }

    Outcome status(String id) {
        lock.lock();
        try {
            if (reloading.contains(id)) {
                return Outcome.of("reloading");
            }
            if (loaded.containsKey(id)) {
                return Outcome.of("loaded");
            }
            return Outcome.of(unloaded.contains(id) ? "unloaded" : "not_found");
        } finally {
            lock.unlock();
        }
    }

    /// Every id with its status; a loaded model with a phantom reload stands there twice.
    List<Listed> listed() {
        lock.lock();
        try {
            List<Listed> all = new ArrayList<>();
            loaded.keySet().forEach(id -> all.add(new Listed(id, "loaded")));
            for (String id : unloaded) {
                if (!reloading.contains(id)) {
                    all.add(new Listed(id, "unloaded"));
                }
            }
            reloading.forEach(id -> all.add(new Listed(id, "reloading")));
            return all;
        } finally {
            lock.unlock();
        }
    }

    /// The models that are loaded now.
    List<Model> running() {
        lock.lock();
        try {
            return List.copyOf(loaded.values());
        } finally {
            lock.unlock();
        }
    }

    /// The model a request shall run on; an unloaded one is loaded first, which blocks. `unknown`
    /// is the status of the answer for a name that means nothing.
    ///
    /// @throws Rejection when there is none, or it is being reloaded
    Model forRequest(String name, int unknown) throws Rejection, InterruptedException {
        String id = name;
        lock.lock();
        try {
            if (name.equals("default")) {
                id = byDefault;
            }
            if (id == null) {
                throw Rejection.json(500, "engine state lock is poisoned");
            }
            Model model = loaded.get(id);
            if (model != null) {
                return model;
            }
            if (reloading.contains(id)) {
                throw Rejection.json(500, "model `" + id + "` is being reloaded");
            }
            if (!unloaded.contains(id)) {
                throw Rejection.json(unknown, unknownMessage(id));
            }
        } finally {
            lock.unlock();
        }
        Outcome outcome = reload(id);
        lock.lock();
        try {
            Model model = loaded.get(id);
            if (model == null) {
                String why = outcome.error();
                throw Rejection.json(
                        500, why != null ? why : "model `" + id + "` is being reloaded");
            }
            return model;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private String unknownMessage(String id) {
        if (loaded.isEmpty()) {
            return "No models are currently loaded.";
        }
        return ("Requested model '%s' is not available. Available models: %s. Use 'default' "
                        + "to use the default model.")
                .formatted(id, String.join(", ", loaded.keySet()));
    }
}
