package cortex.demo.mistralrs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import cortex.demo.flags.Flags;
import cortex.demo.work.DeviceMemory;
import cortex.demo.work.LoadException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Which models are loaded, unloaded and being reloaded, with the faults of mistral.rs 0.9.2 kept:
/// a reload marks the id before it looks whether there is anything to reload and forgets to take
/// the mark back.
final class Models {
    private final Flags.Pace pace;
    private final Map<String, DeviceMemory> memories;
    private final Function<String, Model> maker;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<String, Model> loaded = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Set<String> unloaded = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Set<String> reloading = new LinkedHashSet<>();

    Models(Flags.Pace pace, Map<String, DeviceMemory> memories, Function<String, Model> maker) {
        this.pace = pace;
        this.memories = memories;
        this.maker = maker;
    }

    /// An id as it is listed.
    record Listed(String id, String status) {}

    /// Loads at the start.
    void add(String id) throws LoadException, InterruptedException {
        memory(id).load(pace);
        lock.lock();
        try {
            loaded.put(id, maker.apply(id));
        } finally {
            lock.unlock();
        }
    }

    /// Unloads; gives the status that is answered, as the next two do.
    String unload(String id) {
        lock.lock();
        try {
            Model model = loaded.remove(id);
            if (model == null) {
                return unloaded.contains(id) ? "unloaded" : "not_found";
            }
            unloaded.add(id);
            model.terminated().set(true);
        } finally {
            lock.unlock();
        }
        memory(id).unload();
        return "unloaded";
    }

    String reload(String id) throws InterruptedException {
        lock.lock();
        try {
            if (!reloading.add(id)) {
                return "reloading";
            }
            if (!unloaded.contains(id)) {
                return "not_found"; // and the mark stays: the phantom reload
            }
        } finally {
            lock.unlock();
        }
        try {
            memory(id).load(pace);
        } catch (LoadException e) {
            throw new IllegalStateException("it loaded at the start", e);
        }
        lock.lock();
        try {
            unloaded.remove(id);
            reloading.remove(id);
            loaded.put(id, maker.apply(id));
        } finally {
            lock.unlock();
        }
        return "loaded";
    }

    String status(String id) {
        lock.lock();
        try {
            if (reloading.contains(id)) {
                return "reloading";
            }
            if (loaded.containsKey(id)) {
                return "loaded";
            }
            return unloaded.contains(id) ? "unloaded" : "not_found";
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

    /// The model a request shall run on; an unloaded one is loaded first, which blocks. The name
    /// `default` stands for the first that is loaded.
    ///
    /// @throws Rejection when there is none, or it is being reloaded
    Model forRequest(String name) throws Rejection, InterruptedException {
        String id = name;
        lock.lock();
        try {
            if (name.equals("default") && !loaded.isEmpty()) {
                id = loaded.keySet().iterator().next();
            }
            Model model = loaded.get(id);
            if (model != null) {
                return model;
            }
            if (reloading.contains(id)) {
                throw new Rejection(500, "model `" + id + "` is being reloaded");
            }
            if (!unloaded.contains(id)) {
                throw new Rejection(500, unknownMessage(id));
            }
        } finally {
            lock.unlock();
        }
        reload(id);
        lock.lock();
        try {
            Model model = loaded.get(id);
            if (model == null) {
                throw new Rejection(500, "model `" + id + "` is being reloaded");
            }
            return model;
        } finally {
            lock.unlock();
        }
    }

    private DeviceMemory memory(String id) {
        return Objects.requireNonNull(memories.get(id));
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
