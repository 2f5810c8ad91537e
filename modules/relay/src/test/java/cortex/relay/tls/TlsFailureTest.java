package cortex.relay.tls;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/// Each cause has a sentence of its own, and says what to change.
class TlsFailureTest {
    private static TlsFailure of(String said, Throwable... causes) {
        SSLHandshakeException failure = new SSLHandshakeException(said);
        Throwable inner = failure;
        for (Throwable cause : causes) {
            inner.initCause(cause);
            inner = cause;
        }
        return requireNonNull(TlsFailure.of(new IOException("sending", failure)));
    }

    @Test
    void aCertificateIsTooOldOrAnothersOrNotBelieved() {
        TlsFailure old =
                of(
                        "PKIX path validation failed",
                        new CertificateException("validity check failed"),
                        new CertificateExpiredException("NotAfter"));
        assertThat(old.text()).contains("too old").doesNotContain("tls_ca", "another host");
        TlsFailure other = of("No subject alternative names matching IP address found");
        assertThat(other.text()).contains("another host").doesNotContain("tls_ca", "too old");
        TlsFailure unknown = of("PKIX path building failed");
        assertThat(unknown.text()).contains("set tls_ca").doesNotContain("another host");
        TlsFailure unbelieved =
                of(
                        "PKIX path building failed",
                        new ReloadingTls.UnbelievedException(new CertificateException("PKIX")));
        assertThat(unbelieved.text()).contains("tls_ca does not believe").doesNotContain("Java");
        for (TlsFailure lasting : new TlsFailure[] {old, other, unknown, unbelieved}) {
            assertThat(lasting.lasting() && lasting.early()).isTrue();
        }
    }

    @Test
    void theOtherSideRefusesOrBreaksOff() {
        assertThat(of("(certificate_required) Received fatal alert: certificate_required").text())
                .contains("refuses this gateway's certificate");
        TlsFailure broken = of("(internal_error) Received fatal alert: internal_error");
        assertThat(broken.text()).contains("(internal_error)", "its log says why");
        assertThat(broken.lasting()).isFalse();
        assertThat(of("(handshake_failure) Invalid CertificateVerify signature").text())
                .contains("does not have the key of the certificate that it shows");
        assertThat(of("Remote host terminated the handshake").lasting()).isFalse();
    }

    @Test
    void whatComesLaterMayHaveReachedTheServer() {
        TlsFailure late = TlsFailure.of(new SSLException("Tag mismatch"));
        assertThat(requireNonNull(late).early()).isFalse();
        assertThat(TlsFailure.of(new IOException("Connection reset"))).isNull();
        assertThat(TlsFailure.of(null)).isNull();
    }
}
