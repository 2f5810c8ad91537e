package cortex.demo.work;

import cortex.demo.script.Script;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Remembers, as long as the process lives, which prompts have met the fault that their script
/// wants once.
public final class Once {
    private final Set<String> met = ConcurrentHashMap.newKeySet();

    /// The script as it is to be played for `prompt` this time.
    public Script of(String prompt, Script script) {
        return !script.once() || met.add(prompt) ? script : script.unharmed();
    }
}
