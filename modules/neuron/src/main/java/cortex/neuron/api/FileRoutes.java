package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.files.FilesQuestion;
import cortex.core.files.FilesReport;
import cortex.core.node.EngineOptions;
import cortex.core.node.LoadRequest;
import cortex.neuron.files.FilesWatch;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What this node has of the files that a gateway's catalogue names: `/files` and all below it.
public final class FileRoutes {
    private static final int MOST_MODELS = 10_000;
    private static final Pattern VERSION = Pattern.compile("[0-9a-f]{16,64}");

    private final FilesWatch watch;

    /// Routes over what is watched.
    public FileRoutes(FilesWatch watch) {
        this.watch = watch;
    }

    /// Takes a catalogue; waits a moment for the first look at its files.
    FilesReport take(String version, Fields body) {
        if (!VERSION.matcher(version).matches()) {
            throw new FailureException(
                    new Failure.BadRequest(
                            "The version must be 16 to 64 hexadecimal digits in lower case.",
                            null));
        }
        List<LoadRequest> models =
                body.objects("models", MOST_MODELS).stream().map(FileRoutes::named).toList();
        Set<String> ids = new HashSet<>();
        for (LoadRequest model : models) {
            if (!ids.add(model.modelId())) {
                throw body.bad("models", "names a model twice");
            }
        }
        try {
            return watch.take(version, new FilesQuestion(models));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(new Failure.ShuttingDown(), e);
        }
    }

    private static LoadRequest named(Fields model) {
        Fields options = model.within("options");
        return new LoadRequest(
                model.required("model_id"),
                model.required("harness"),
                model.text("quant"),
                null,
                List.of(),
                null,
                new EngineOptions(
                        new EngineOptions.Origin(options.text("path"), options.text("source")),
                        null,
                        null,
                        null,
                        List.of(),
                        options.text("mmproj"),
                        options.texts("args")));
    }

    /// What there is of a catalogue's files; `known` is the revision that the asker has.
    FilesReport report(String version, @Nullable String known) {
        FilesReport report = watch.report(version, known);
        if (report == null) {
            throw new Refusal(
                    404,
                    "files_unknown",
                    "That catalogue is not known here: send it with PUT /files/{version}.");
        }
        return report;
    }
}
