package cortex.relay.tls;

import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/// Why no TLS connection to a server came about.
///
/// @param text what the server does, without a subject: "shows a certificate of another host"
/// @param lasting whether it stays so until somebody changes a file: one side does not believe the
///   other
/// @param early whether it is certain that the server got nothing of the request
public record TlsFailure(String text, boolean lasting, boolean early) {
    private static final String[] OURS = {"certificate", "unknown_ca", "handshake_failure"};

    /// What a failure to send a request tells, by the words of JDK 25; null when it has nothing to
    /// do with TLS.
    public static @Nullable TlsFailure of(@Nullable Throwable failure) {
        SSLException tls = first(failure, SSLException.class);
        if (tls == null) {
            return null;
        }
        String said = String.valueOf(tls.getMessage());
        if (said.contains("Unrecognized SSL message") || said.contains("unrecognized SSL")) {
            return new TlsFailure(
                    "does not speak TLS. Its endpoint must begin with http://, or give it a"
                            + " tls_cert",
                    true,
                    true);
        }
        boolean early =
                tls instanceof SSLHandshakeException || tls instanceof SSLPeerUnverifiedException;
        String distrust = distrust(tls, said);
        if (distrust != null) {
            return new TlsFailure(distrust, true, early);
        }
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("signature") || lower.contains("illegal_parameter")) {
            return new TlsFailure(
                    "does not have the key of the certificate that it shows (its tls_key)",
                    true,
                    early);
        }
        if (said.contains("fatal alert")) {
            return new TlsFailure(
                    "broke its TLS off (" + alert(said) + "); its log says why", false, early);
        }
        return new TlsFailure("broke off before TLS came about", false, early);
    }

    private static @Nullable String distrust(SSLException tls, String said) {
        CertificateException refused = first(tls, CertificateException.class);
        boolean dated =
                first(tls, CertificateExpiredException.class) != null
                        || first(tls, CertificateNotYetValidException.class) != null;
        if (dated) {
            return "shows a certificate that is too old, or too new for this host's clock: renew"
                    + " it (its tls_cert), or set the clock";
        }
        if (said.contains("No subject") || said.contains("No name")) {
            return "shows a certificate of another host: give it one with the name or address that"
                    + " endpoint has (its tls_cert)";
        }
        if (refused instanceof ReloadingTls.UnbelievedException) {
            return "shows a certificate that tls_ca does not believe: put the authority that signed"
                    + " it into tls_ca";
        }
        if (refused != null || said.contains("PKIX")) {
            return "shows a certificate of an authority that Java does not know: set tls_ca in"
                    + " its [[neurons]] entry to that authority's PEM file";
        }
        if (said.contains("fatal alert")) {
            for (String ours : OURS) {
                if (said.contains(ours)) {
                    return "refuses this gateway's certificate, or wants one: set tls_cert and"
                            + " tls_key in its [[neurons]] entry";
                }
            }
        }
        return null;
    }

    /// JDK's words end with the name of the alert.
    static String alert(String said) {
        String name = said.substring(said.lastIndexOf(' ') + 1);
        return name.matches("[a-z_]{1,40}") ? name : "an alert";
    }

    static <T extends Throwable> @Nullable T first(@Nullable Throwable failure, Class<T> type) {
        int depth = 0;
        for (Throwable each = failure; each != null && depth < 20; each = each.getCause()) {
            if (type.isInstance(each)) {
                return type.cast(each);
            }
            depth++;
        }
        return null;
    }
}
