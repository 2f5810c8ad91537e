package cortex.relay.fleetkey;

import cortex.core.config.Secret;
import cortex.core.config.ValueType;
import cortex.core.config.ValueTypes;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// One key of the fleet. Safe for use by many threads.
public final class FleetKey {
    /// What a configuration takes for one. What is signed goes over the network in the clear, so a
    /// key that could be guessed would be: there is no such thing as a short one.
    public static final ValueType<Secret> CONFIGURED =
            ValueTypes.SECRET.where(
                    FleetKey::isUsable,
                    "a key of at least 32 characters without spaces, as `neuron keys new` prints");

    private static final String ALGORITHM = "HmacSHA256";
    private static final int RANDOM_BYTES = 32;

    /// Initialised once and never used but to be copied: a copy costs a fraction of a new one.
    private final Mac prototype;

    private final byte[] key;

    /// The key of this text.
    public FleetKey(Secret secret) {
        key = utf8(secret.reveal());
        try {
            prototype = Mac.getInstance(ALGORITHM);
            prototype.init(new SecretKeySpec(key, ALGORITHM));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    /// Whether a text can be a key.
    public static boolean isUsable(Secret key) {
        return key.reveal().matches("[!-~]{32,500}");
    }

    /// A fresh key: 256 random bits.
    public static String mint() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return "ck_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// The code of a text under this key, as it goes into a header.
    String mac(String text) {
        try {
            Mac mac = (Mac) prototype.clone();
            return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(utf8(text)));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("every Java's " + ALGORITHM + " can be copied", e);
        }
    }

    /// Whether `shown` is the code of `text`; takes as long however much of it is right.
    boolean signed(String text, String shown) {
        return MessageDigest.isEqual(utf8(mac(text)), utf8(shown));
    }

    /// Whether `shown` is the key itself; takes as long however much of it is right.
    boolean is(String shown) {
        return MessageDigest.isEqual(key, utf8(shown));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
