package cortex.relay.tls;

import cortex.core.config.problem.FileTrouble;
import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.pki.PemKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// What stands in a set of PEM files. Immutable.
///
/// @param stamps when each file was changed and how long it is, by which a later change shows
record Material(
        @Nullable X509ExtendedKeyManager keys, X509ExtendedTrustManager trust, List<Long> stamps) {
    private static final char[] NO_PASSWORD = new char[0];

    /// Reads the files.
    ///
    /// @throws TlsException when one of them cannot be used
    static Material read(PemFiles files) {
        List<Long> stamps = stamps(files);
        Path certificate = files.certificate();
        Path key = files.key();
        X509ExtendedKeyManager keys =
                certificate == null || key == null ? null : keys(certificate, key);
        return new Material(keys, trust(files.authorities()), stamps);
    }

    static List<Long> stamps(PemFiles files) {
        List<Long> stamps = new ArrayList<>();
        Stream.of(files.certificate(), files.key(), files.authorities())
                .forEach(file -> {
                    try {
                        stamps.add(file == null ? 0 : Files.getLastModifiedTime(file).toMillis());
                        stamps.add(file == null ? 0 : Files.size(file));
                    } catch (IOException e) {
                        stamps.add(-1L);
                    }
                });
        return stamps;
    }

    private static X509ExtendedKeyManager keys(Path certificate, Path key) {
        List<Certificate> chain = certificates(certificate);
        PrivateKey secret = privateKey(key);
        if (!KeyPairs.belong(chain.getFirst().getPublicKey(), secret)) {
            throw new TlsException(
                    key
                            + " (tls_key) is not the key of the first certificate in "
                            + certificate
                            + " (tls_cert); give the two that belong together",
                    null);
        }
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", secret, NO_PASSWORD, chain.toArray(Certificate[]::new));
            KeyManagerFactory factory =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            for (KeyManager manager : factory.getKeyManagers()) {
                if (manager instanceof X509ExtendedKeyManager found) {
                    return found;
                }
            }
            throw new TlsException("Java has no manager for X.509 keys", null);
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsException(certificate + " and " + key + " cannot be used: " + why(e), e);
        }
    }

    private static PrivateKey privateKey(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            in.read();
        } catch (IOException e) {
            throw new TlsException(file + " cannot be read: " + why(e), e);
        }
        try {
            return Keys.builder()
                    .pem(PemKeys.builder().key(Resource.create(file)).build())
                    .build()
                    .privateKey()
                    .orElseThrow(() -> new TlsException(file + " holds no private key", null));
        } catch (TlsException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new TlsException(
                    file
                            + " cannot be read as an unencrypted private key in PEM (PKCS #8,"
                            + " 'BEGIN PRIVATE KEY', or for RSA also PKCS #1): "
                            + why(e),
                    e);
        }
    }

    private static X509ExtendedTrustManager trust(@Nullable Path authorities) {
        try {
            KeyStore store = null;
            if (authorities != null) {
                store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                List<Certificate> all = certificates(authorities);
                for (int i = 0; i < all.size(); i++) {
                    store.setCertificateEntry("authority-" + i, all.get(i));
                }
            }
            TrustManagerFactory factory =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager found) {
                    return found;
                }
            }
            throw new TlsException("Java has no manager for X.509 trust", null);
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsException(authorities + " cannot be used: " + why(e), e);
        }
    }

    private static List<Certificate> certificates(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            List<Certificate> all =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (all.isEmpty()) {
                throw new TlsException(file + " holds no certificate in PEM", null);
            }
            return all;
        } catch (FileSystemException e) {
            throw new TlsException(file + " cannot be read: " + why(e), e);
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsException(file + " cannot be read as certificates in PEM: " + why(e), e);
        }
    }

    private static String why(Exception e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String known = FileTrouble.known(root);
        if (known != null) {
            return known;
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }
}
