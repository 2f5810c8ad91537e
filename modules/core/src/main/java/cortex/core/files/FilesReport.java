package cortex.core.files;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer about a catalogue's files. `revision` is another whenever `models` have changed;
/// `models` is null for a gateway that knows that revision, and while the neuron still looks.
public record FilesReport(String revision, @Nullable List<ModelFiles> models) {
    public FilesReport {
        models = models == null ? null : List.copyOf(models);
    }
}
