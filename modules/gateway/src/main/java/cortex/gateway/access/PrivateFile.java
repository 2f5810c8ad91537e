package cortex.gateway.access;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// A small text that nobody but its user can read. What others can read, or what belongs to another
/// user, is refused rather than mended: somebody may have read it, or put it there.
final class PrivateFile {
    private static final int LONGEST = 4096;
    private static final String ROOT = "root";

    private static final Set<PosixFilePermission> OWNERS =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    private static final FileAttribute<?> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final FileAttribute<?> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private PrivateFile() {}

    /// Reads a file that belongs to this process's user; root's are taken too, and root takes
    /// anybody's.
    ///
    /// @throws IOException with a sentence that says what is wrong with it
    static String read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException(file + " does not exist, or its directory is not readable.");
        }
        PosixFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw new IOException(file + " is not a regular file.");
        }
        String owner = attributes.owner().getName();
        String me = me();
        if (!owner.equals(me) && !owner.equals(ROOT) && !me.equals(ROOT)) {
            throw new IOException(
                    file + " belongs to the user " + owner + " and not to " + me + ".");
        }
        if (!OWNERS.containsAll(attributes.permissions())) {
            throw new IOException(
                    file
                            + " is open to other users ("
                            + PosixFilePermissions.toString(attributes.permissions())
                            + "). Put a new key in, then run chmod 600 "
                            + file
                            + ".");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw new IOException(file + " is larger than " + LONGEST + " bytes.");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /// Puts a whole new file in the place of what is there, with the folders above it. Nobody else
    /// can read it at any time.
    static void write(Path file, String text) throws IOException {
        Path fresh = fresh(file, text);
        try {
            Files.move(
                    fresh,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /// Writes a file where there is none, and gives what it holds then: of several processes that
    /// do so at once one writes, and all read the same.
    static String readOrCreate(Path file, String text) throws IOException {
        if (!Files.exists(file)) {
            Path fresh = fresh(file, text);
            try {
                Files.createLink(file, fresh);
            } catch (FileAlreadyExistsException e) {
                return read(file);
            } catch (UnsupportedOperationException e) {
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
        }
        return read(file);
    }

    private static Path folder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " is no file.");
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, FOLDER);
        }
        return folder;
    }

    private static PosixFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, PosixFileAttributes.class);
        } catch (UnsupportedOperationException e) {
            throw new IOException(
                    file + " is where files have no owner, so anybody may read it.", e);
        }
    }

    /// A new file with this text that only its user can read.
    private static Path fresh(Path file, String text) throws IOException {
        try {
            Path fresh = Files.createTempFile(folder(file), "." + file.getFileName(), ".new", FILE);
            Files.writeString(fresh, text);
            return fresh;
        } catch (UnsupportedOperationException e) {
            throw new IOException(file + " is where files cannot be closed to others.", e);
        }
    }

    /// The name of this process's user, as files have it; a number where it has none.
    private static String me() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.exists(self)
                ? Files.getOwner(self).getName()
                : System.getProperty("user.name", "?");
    }
}
