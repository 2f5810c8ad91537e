package cortex.neuron.harness.policy;

import cortex.core.failure.FailureException;
import cortex.core.files.ModelFiles;
import cortex.core.files.ModelFiles.State;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Looks for what one load names, and remembers the first thing that is lacking. For one search of
/// one thread.
final class FileSearch implements ArgumentPolicy.Places {
    private final LoadPolicy.Rules rules;
    private final Caches caches;
    private final @Nullable String quant;
    private final FoundFiles all = new FoundFiles();
    private @Nullable State state;
    private @Nullable String file;
    private @Nullable String why;
    private @Nullable Long freeMb;

    FileSearch(LoadPolicy.Rules rules, Caches caches, @Nullable String quant) {
        this.rules = rules;
        this.caches = caches;
        this.quant = quant;
    }

    @Override
    public String path(String what, String written) {
        try {
            String found = rules.dirs().resolve(what, written);
            FoundFiles here = new FoundFiles();
            String problem = here.addPath(Path.of(found));
            if (problem != null) {
                lacks(here.unreadable() ? State.UNREADABLE : State.ABSENT, written, problem);
            }
            all.add(here);
            return found;
        } catch (FailureException e) {
            lacks(State.ABSENT, written, rules.dirs().lacking(written));
            return written;
        }
    }

    @Override
    public void repository(String what, String written) {
        try {
            rules.sources().check(what, written);
        } catch (FailureException e) {
            lacks(State.ABSENT, written, "this node's sources do not allow it");
            return;
        }
        FoundFiles cached = caches.find(written, quant);
        if (cached != null) {
            all.add(cached);
        } else if (!rules.download()) {
            lacks(State.ABSENT, written, caches.text() + ", and download = false");
        } else if (state == null) {
            state = State.DOWNLOADABLE;
            file = written;
            why = caches.text();
            freeMb = caches.freeMb();
        }
    }

    /// What cannot be downloaded is worse than what can.
    private void lacks(State how, String written, String because) {
        if (state == null || state == State.DOWNLOADABLE) {
            state = how;
            file = NotAllowed.shown(written);
            why = NotAllowed.shown(because);
        }
    }

    /// What was found of the model of this id.
    ModelFiles result(String id) {
        State found = state;
        if (found == null) {
            return new ModelFiles(id, State.PRESENT, all.mb(), null, null, null, all.stamp());
        }
        return new ModelFiles(id, found, null, freeMb, file, why, null);
    }
}
