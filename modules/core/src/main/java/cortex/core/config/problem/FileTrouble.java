package cortex.core.config.problem;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// Says in plain words why a file cannot be used: Java's own message is often but its name.
public final class FileTrouble {
    private FileTrouble() {}

    /// The reason, as the end of a sentence without its dot, such as "there is no such file".
    public static String words(Exception trouble) {
        Throwable root = trouble instanceof UncheckedIOException ? trouble.getCause() : trouble;
        String known = known(root);
        if (known != null) {
            return known;
        }
        String message = root == null ? null : root.getMessage();
        return message == null || message.isBlank() ? "the system gives no reason" : message;
    }

    /// The same for a trouble that is a file system's; null for any other.
    public static @Nullable String known(@Nullable Throwable trouble) {
        return switch (trouble) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "this user may not use it; see its permissions";
            case FileAlreadyExistsException _ -> "a file of that name is in the way";
            case NotDirectoryException _ -> "it is no directory";
            case FileSystemException system -> reason(system);
            case null, default -> null;
        };
    }

    private static String reason(FileSystemException system) {
        String reason = system.getReason();
        return reason == null ? "the system gives no reason" : reason;
    }
}
