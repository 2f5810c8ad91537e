package cortex.relay.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;

/// Tells whether two keys are the halves of one pair.
final class KeyPairs {
    private static final byte[] TEXT = "cortex".getBytes(StandardCharsets.US_ASCII);

    private KeyPairs() {}

    /// Whether what the one signs the other confirms.
    static boolean belong(PublicKey open, PrivateKey secret) {
        if (open instanceof RSAKey one && secret instanceof RSAKey other) {
            return one.getModulus().equals(other.getModulus());
        }
        boolean curves = open instanceof ECKey && secret instanceof ECKey;
        if (!curves && !open.getAlgorithm().equals(secret.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature =
                    Signature.getInstance(curves ? "SHA256withECDSA" : open.getAlgorithm());
            signature.initSign(secret);
            signature.update(TEXT);
            byte[] signed = signature.sign();
            signature.initVerify(open);
            signature.update(TEXT);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            // keys of two curves, or of a kind that signs in no way known here
            return false;
        }
    }
}
