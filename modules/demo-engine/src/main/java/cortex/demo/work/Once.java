package cortex.demo.work;

import cortex.demo.script.Script;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Remembers, as long as the process lives, which of the last prompts have met the fault that their
/// script wants once.
public final class Once {
    private static final int REMEMBERED = 1000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<String> met =
            Collections.newSetFromMap(
                    new LinkedHashMap<>() {
                        private static final long serialVersionUID = 1L;

                        @Override
                        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    /// The script as it is to be played for `prompt` this time.
    public Script of(String prompt, Script script) {
        if (!script.once()) {
            return script;
        }
        lock.lock();
        try {
            return met.add(prompt) ? script : script.unharmed();
        } finally {
            lock.unlock();
        }
    }
}
