package cortex.core.config.problem;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Says in plain words why a file, directory or program cannot be used: Java's own message is often
/// only its name, or names Java's classes.
public final class FileTrouble {
    private static final String NO_REASON = "the system gives no reason";

    /// The end of what Java says of a program that does not start: `error: 13 (Permission denied)`,
    /// or `error=13, Permission denied`.
    private static final Pattern EXEC = Pattern.compile("error[:=] ?(\\d+)(?: \\(|, )([^)]*)");

    private FileTrouble() {}

    /// The reason, as the end of a sentence without its dot, such as "there is no such file".
    public static String words(Exception trouble) {
        Throwable root = trouble instanceof UncheckedIOException ? trouble.getCause() : trouble;
        String known = known(root);
        if (known != null) {
            return known;
        }
        if (root instanceof JacksonException json) {
            return notJson(json);
        }
        String message = root == null ? null : root.getMessage();
        return message == null || message.isBlank() ? NO_REASON : message.replaceFirst("\\.$", "");
    }

    /// The same for a trouble that is a file system's; null for any other.
    public static @Nullable String known(@Nullable Throwable trouble) {
        return switch (trouble) {
            case NoSuchFileException _, FileNotFoundException _ -> "there is no such file";
            case AccessDeniedException _ -> "this user may not use it; see its permissions";
            case FileAlreadyExistsException _ -> "a file of that name is in the way";
            case NotDirectoryException _ -> "it is no directory";
            case DirectoryNotEmptyException _ -> "the directory is not empty";
            case FileSystemException system -> reason(system);
            case CharacterCodingException _ -> "it is not UTF-8 text";
            case null, default -> null;
        };
    }

    /// The reason why a program does not start, likewise.
    public static String ofProgram(IOException trouble) {
        Matcher code = EXEC.matcher(String.valueOf(trouble.getMessage()));
        if (!code.find()) {
            return words(trouble);
        }
        return switch (code.group(1)) {
            case "2" ->
                    String.valueOf(trouble.getMessage()).contains("(in directory")
                            ? "there is no such program or directory"
                            : "there is no such program";
            case "13" -> "this user may not run it; see its permissions";
            default -> code.group(2);
        };
    }

    /// The reason why no file can be kept in a directory that may still have to be made; null when
    /// one can. Tries it out, and leaves nothing: permissions are not all that counts.
    public static @Nullable String ofFolder(Path folder) {
        Path there = folder.toAbsolutePath();
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
            Files.delete(Files.createTempFile(there, ".cortex", ".check"));
            return null;
        } catch (NoSuchFileException e) {
            return "no file can be made in " + there;
        } catch (IOException e) {
            return "no file can be made in " + there + ": " + words(e);
        }
    }

    private static String notJson(JacksonException json) {
        var at = json.getLocation();
        return at == null || at.getLineNr() < 1
                ? "it is not the JSON that is expected"
                : "it is not the JSON that is expected, at line %d, column %d"
                        .formatted(at.getLineNr(), at.getColumnNr());
    }

    private static String reason(FileSystemException system) {
        String reason = system.getReason();
        return reason == null ? NO_REASON : reason;
    }
}
