package cortex.relay.tls;

import cortex.core.time.Time;
import java.io.IOException;
import java.io.Serial;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// TLS by PEM files. They are looked at again with the first handshake after {@link #EVERY}; when
/// they have changed and are good, new connections use them, and when they are not (a certificate
/// and the key of another count as such), the old ones stay in use and the log says why, once for
/// each change. They are tried again until they are good. Safe for use by many threads.
public final class ReloadingTls {
    private static final System.Logger LOG = System.getLogger(ReloadingTls.class.getName());
    private static final Duration EVERY = Duration.ofSeconds(5);

    private final PemFiles files;
    private final Time time;
    private final SSLContext context;
    private final AtomicLong lookedAt;
    private volatile Material material;

    /// For one material only: a session that was made under another is none here.
    private volatile SSLContext serving;

    /// What the log was last told of files that cannot be used, and what they were like.
    private volatile String told = "";

    /// Reads the files.
    ///
    /// @throws TlsException when one of them cannot be used
    public ReloadingTls(PemFiles files, Time time) {
        this.files = files;
        this.time = time;
        material = Material.read(files);
        lookedAt = new AtomicLong(time.nanos());
        context = fresh();
        // A resumed session is looked at by nobody, so it would outlive what was believed of it.
        context.getClientSessionContext().setSessionTimeout(1);
        serving = fresh();
    }

    private SSLContext fresh() {
        try {
            SSLContext made = SSLContext.getInstance("TLS");
            made.init(new KeyManager[] {new OwnKeys()}, new TrustManager[] {new Trust()}, null);
            return made;
        } catch (GeneralSecurityException e) {
            throw new TlsException("Java has no TLS: " + e.getMessage(), e);
        }
    }

    /// What is wrong with the files, as a sentence; null when nothing is.
    public static @Nullable String problem(PemFiles files) {
        try {
            Material.read(files);
            return null;
        } catch (TlsException e) {
            return e.getMessage() + ".";
        }
    }

    /// For a client.
    public SSLContext context() {
        return context;
    }

    /// The server's side of TLS over a connection that a client has made. With authorities of its
    /// own it lets in only who shows a certificate of theirs. The handshake comes with the first
    /// reading or writing. When it fails, the connection stays open, so that the client can be let
    /// read why.
    public SSLSocket over(Socket accepted) throws IOException {
        current();
        SSLSocket socket =
                (SSLSocket) serving.getSocketFactory().createSocket(accepted, null, false);
        socket.setUseClientMode(false);
        socket.setNeedClientAuth(files.authorities() != null);
        return socket;
    }

    private Material current() {
        long last = lookedAt.get();
        long now = time.nanos();
        if (now - last >= EVERY.toNanos() && lookedAt.compareAndSet(last, now)) {
            reload();
        }
        return material;
    }

    private void reload() {
        if (Material.stamps(files).equals(material.stamps())) {
            return;
        }
        try {
            material = Material.read(files);
            serving = fresh();
            told = "";
            LOG.log(System.Logger.Level.INFO, "read anew: {0}", files);
        } catch (TlsException e) {
            tell(e);
        }
    }

    private void tell(TlsException trouble) {
        String now = Material.stamps(files) + " " + trouble.getMessage();
        if (!now.equals(told)) {
            told = now;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the TLS files have changed and cannot be used; what was read before stays in"
                            + " use: "
                            + trouble.getMessage());
        }
    }

    private @Nullable X509ExtendedKeyManager keys() {
        return current().keys();
    }

    /// Hands out what was read last.
    private final class OwnKeys extends X509ExtendedKeyManager {
        @Override
        public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.getClientAliases(type, issuers);
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.chooseClientAlias(types, issuers, socket);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.chooseEngineClientAlias(types, issuers, engine);
        }

        @Override
        public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.getServerAliases(type, issuers);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.chooseServerAlias(type, issuers, socket);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.chooseEngineServerAlias(type, issuers, engine);
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.getCertificateChain(alias);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            X509ExtendedKeyManager keys = keys();
            return keys == null ? null : keys.getPrivateKey(alias);
        }
    }

    /// A certificate that the configured authorities do not stand for.
    static final class UnbelievedException extends CertificateException {
        @Serial private static final long serialVersionUID = 1L;

        UnbelievedException(CertificateException why) {
            super(why.getMessage(), why);
        }
    }

    private CertificateException refused(CertificateException why) {
        return files.authorities() == null ? why : new UnbelievedException(why);
    }

    /// Believes whom the files that were read last name.
    private final class Trust extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            current().trust().checkClientTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            current().trust().checkClientTrusted(chain, type, socket);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            current().trust().checkClientTrusted(chain, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            try {
                current().trust().checkServerTrusted(chain, type);
            } catch (CertificateException e) {
                throw refused(e);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            try {
                current().trust().checkServerTrusted(chain, type, socket);
            } catch (CertificateException e) {
                throw refused(e);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            try {
                current().trust().checkServerTrusted(chain, type, engine);
            } catch (CertificateException e) {
                throw refused(e);
            }
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return current().trust().getAcceptedIssuers();
        }
    }
}
