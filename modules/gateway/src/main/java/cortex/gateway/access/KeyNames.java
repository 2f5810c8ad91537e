package cortex.gateway.access;

import cortex.core.config.problem.FileTrouble;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Gives keys short names for logs. Whoever reads a name cannot confirm a guess of the key, since
/// names are made with a random value that is told to nobody: the one in a file beside the
/// gateway's state, so that names outlive a restart, or else one of this run's own.
public final class KeyNames {
    private static final System.Logger LOG = System.getLogger(KeyNames.class.getName());
    private static final String HMAC = "HmacSHA256";
    private static final String FILE = "key-names.salt";
    private static final int SALT_BYTES = 32;
    private static final int NAME_BYTES = 4;

    private final byte[] salt;

    private KeyNames(byte[] salt) {
        this.salt = salt.clone();
    }

    /// Names that outlive a restart when the folder takes a file; null: names of this run.
    public static KeyNames in(@Nullable Path folder) {
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        if (folder != null) {
            Path file = folder.resolve(FILE);
            try {
                String fresh = HexFormat.of().formatHex(salt) + "\n";
                return new KeyNames(parsed(PrivateFile.readOrCreate(file, fresh)));
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, useless(file, e));
            }
        }
        return new KeyNames(salt);
    }

    /// Why names in this folder would not outlive a restart, as a sentence without its dot; null
    /// when they would, or when the folder has to take a new file first.
    public static @Nullable String problem(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            if (Files.exists(file)) {
                parsed(PrivateFile.read(file));
            }
            return null;
        } catch (IOException e) {
            return useless(file, e);
        }
    }

    private static byte[] parsed(String kept) throws IOException {
        try {
            byte[] parsed = HexFormat.of().parseHex(kept.strip());
            if (parsed.length >= SALT_BYTES) {
                return parsed;
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("it holds no number in hex digits; remove it", e);
        }
        throw new IOException("its number is too short; remove it");
    }

    private static String useless(Path file, IOException trouble) {
        return "names of keys in logs are of this run only; "
                + file
                + " is of no use: "
                + FileTrouble.words(trouble);
    }

    /// The short name of a key, such as `key-1f8a03c2`.
    String of(String secret) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(salt, HMAC));
            byte[] digest = mac.doFinal(secret.getBytes(StandardCharsets.UTF_8));
            return "key-" + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }
}
