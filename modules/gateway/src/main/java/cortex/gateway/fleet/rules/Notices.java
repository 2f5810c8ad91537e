package cortex.gateway.fleet.rules;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;

/// Gathers what one event means to those who wait for models: loads that ended, engines that did,
/// models that have left to make room.
public final class Notices {
    private List<Note> all = List.of();

    /// Is something that happened to a model, or to one that makes room for it: `text` for people,
    /// without a full stop.
    public record Note(String model, String text) {}

    /// Forgets what the event before brought.
    public void clear() {
        all = List.of();
    }

    /// Adds what happened to a model, for those who wait for it.
    @FormatMethod
    public void add(String model, @FormatString String text, Object... parts) {
        tell(model, model + ": " + text.formatted(parts));
    }

    /// Adds what became of a model that was to make room for another, if it was.
    @FormatMethod
    public void ofRoom(
            UnloadReason why, String leaver, @FormatString String text, Object... parts) {
        String model = why.model();
        if (model != null) {
            tell(model, leaver + ": " + text.formatted(parts));
        }
    }

    private void tell(String model, String text) {
        if (all.isEmpty()) {
            all = new ArrayList<>(1);
        }
        all.add(new Note(model, text));
    }

    /// Returns what was added.
    public List<Note> all() {
        return all;
    }
}
