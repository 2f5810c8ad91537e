package cortex.gateway.config;

import cortex.core.config.Section;
import cortex.core.config.ValueTypes;
import cortex.core.config.problem.FileTrouble;
import cortex.gateway.access.KeyNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How devices are filled. `headroomMb` of each device (and of the host's memory) is left alone.
/// What models were measured to take and what operators want is kept in `stateFile`; null for
/// nothing.
public record PlacementConfig(long headroomMb, @Nullable Path stateFile) {
    /// Without a file.
    public PlacementConfig(long headroomMb) {
        this(headroomMb, null);
    }

    /// Reads the `[placement]` table of cortex.toml.
    static PlacementConfig read(Section root, Map<String, String> environment) {
        Section placement = root.table("placement", "How the devices are filled.");
        long headroom =
                placement
                        .read(
                                "headroom_mb",
                                ValueTypes.longFrom(0),
                                "Memory in MiB that is left free of each device, and of the host's"
                                        + " for models on the CPU.")
                        .or(256L);
        String file =
                placement
                        .read(
                                "state_file",
                                ValueTypes.TEXT,
                                "The file that keeps measured model sizes, pins, drains and pending"
                                    + " loads across restarts; a relative path starts at this"
                                    + " file's directory. Not set: `footprints.json` in"
                                    + " `$STATE_DIRECTORY` (systemd's), without which nothing is"
                                    + " kept.")
                        .orNull();
        Path state = file == null ? usualStateFile(environment) : root.resolve(file);
        if (state != null) {
            judge(placement, state.toAbsolutePath());
        }
        return new PlacementConfig(headroom, state);
    }

    /// Warns when nothing can be kept there, or in the file beside it that names of keys need.
    private static void judge(Section placement, Path file) {
        Path folder = file.getParent();
        String problem =
                folder == null || Files.isDirectory(file)
                        ? "it is a directory"
                        : FileTrouble.ofFolder(folder);
        if (problem != null) {
            String lost = " What models take and operators want is forgotten at each restart.";
            placement.warn("state_file", file + " cannot be written: " + problem + "." + lost);
            return;
        }
        String names = folder == null ? null : KeyNames.problem(folder);
        if (names != null) {
            placement.warn("state_file", names + ".");
        }
    }

    private static @Nullable Path usualStateFile(Map<String, String> environment) {
        String given = environment.get("STATE_DIRECTORY");
        // systemd gives several with colons between them; the first is ours
        return given == null || given.isBlank()
                ? null
                : Path.of(given.split(":", 2)[0], "footprints.json");
    }
}
