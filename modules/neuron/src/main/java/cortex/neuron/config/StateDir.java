package cortex.neuron.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.config.problem.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
        String problem = neuron.has("state_dir") ? problem(dir) : null;
        if (problem != null) {
            neuron.problem("state_dir", dir + " cannot be used: " + problem + ".");
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
        return state != null && state.startsWith("/")
                ? Path.of(state, "cortex")
                : Path.of(System.getProperty("user.home"), ".local", "state", "cortex");
    }

    /// Why no file can be kept in a directory that may still have to be made; null when one can.
    /// Tries it out, and leaves nothing: what permissions say is not all that counts.
    static @Nullable String problem(Path dir) {
        Path there = dir.toAbsolutePath();
        while (!Files.exists(there)) {
            Path above = there.getParent();
            if (above == null) {
                return "there is no directory above it";
            }
            there = above;
        }
        if (!Files.isDirectory(there)) {
            return there + " is no directory";
        }
        try {
            Files.delete(Files.createTempFile(there, ".neuron", ".check"));
            return null;
        } catch (NoSuchFileException e) {
            return "no file can be made in " + there;
        } catch (IOException e) {
            return "no file can be made in " + there + ": " + FileTrouble.words(e);
        }
    }
}
