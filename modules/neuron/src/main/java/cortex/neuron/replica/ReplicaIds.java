package cortex.neuron.replica;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;

/// Makes replica ids: a slug of the model, for people, and 48 random bits, so that no two loads
/// share one even across restarts. URL-safe and fit for a file name.
final class ReplicaIds {
    private static final int MAX_SLUG = 40;
    private final SecureRandom random = new SecureRandom();

    String fresh(String modelId) {
        byte[] bits = new byte[6];
        random.nextBytes(bits);
        return slug(modelId) + "-" + HexFormat.of().formatHex(bits);
    }

    static String slug(String modelId) {
        String last = modelId.substring(modelId.lastIndexOf('/') + 1);
        String slug =
                last.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^-+|-+$", "");
        if (slug.isEmpty()) {
            return "model";
        }
        return slug.length() <= MAX_SLUG ? slug : slug.substring(0, MAX_SLUG);
    }
}
