package cortex.demo.mistralrs;

/// Brings models into memory and out of it again.
public interface ModelLoader {
    /// Blocks while the model loads; `again` for a reload.
    ///
    /// @throws InterruptedException when the engine is stopping
    /// @throws IllegalStateException when it cannot be loaded
    void load(String id, boolean again) throws InterruptedException;

    /// Lets go of the model's memory, or seems to.
    void unload(String id);
}
