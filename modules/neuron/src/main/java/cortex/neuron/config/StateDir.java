package cortex.neuron.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.config.problem.FileTrouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What `state_dir` in `[neuron]` says, and whether files can be made there.
final class StateDir {
    private StateDir() {}

    static Path read(Section neuron, Map<String, String> environment) {
        String written =
                neuron.read(
                                "state_dir",
                                ValueTypes.TEXT,
                                "Where it remembers the engines it started, so that it finds them"
                                    + " again. A relative path starts at this file's directory.")
                        .or(
                                usual(environment).toString(),
                                "(`$STATE_DIRECTORY`, else `/var/lib/cortex` when it may be written"
                                        + " to, else `$XDG_STATE_HOME/cortex`, else"
                                        + " `~/.local/state/cortex`)");
        Path dir = neuron.resolve(written);
        boolean given = neuron.has("state_dir");
        String problem = given || neuron.whole() ? FileTrouble.ofFolder(dir) : null;
        if (problem != null) {
            String next = given ? "" : " Set state_dir in [neuron].";
            neuron.problem("state_dir", dir + " cannot be used: " + problem + "." + next);
        }
        return dir;
    }

    private static Path usual(Map<String, String> environment) {
        String given = environment.get("STATE_DIRECTORY");
        if (given != null && !given.isBlank()) {
            // systemd gives several with colons between them; the first is ours
            return Path.of(given.split(":", 2)[0]);
        }
        Path system = Path.of("/var/lib/cortex");
        if (Files.isWritable(system)) {
            return system;
        }
        String state = environment.get("XDG_STATE_HOME");
        if (state != null && state.startsWith("/")) {
            return Path.of(state, "cortex");
        }
        String home = environment.getOrDefault("HOME", "");
        String user = System.getProperty("user.home");
        return Path.of(home.startsWith("/") ? home : user, ".local", "state", "cortex");
    }
}
