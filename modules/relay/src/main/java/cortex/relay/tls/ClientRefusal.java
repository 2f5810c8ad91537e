package cortex.relay.tls;

import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;

/// Words why no TLS came about with a client, by the words of JDK 25.
public final class ClientRefusal {
    private ClientRefusal() {}

    /// What is the matter, as a sentence. Nothing in it is of the client's own writing.
    public static String words(SSLException refusal) {
        String said = String.valueOf(refusal.getMessage());
        if (said.contains("Empty client certificate chain") || said.contains("null cert chain")) {
            return "The client shows no certificate of the authorities in tls_client_ca.";
        }
        if (TlsFailure.first(refusal, CertificateException.class) != null
                || said.contains("PKIX")) {
            return "The client shows a certificate that tls_client_ca does not believe, or that is"
                    + " too old.";
        }
        if (said.contains("fatal alert")) {
            return "The client does not take this server's certificate, or broke off ("
                    + TlsFailure.alert(said)
                    + ").";
        }
        if (said.contains("nrecognized SSL message")) {
            return "The client spoke plain HTTP. This neuron has a tls_cert: the endpoint in"
                    + " cortex.toml must begin with https://.";
        }
        return "The client broke the TLS handshake off; it may not trust this server's certificate"
                + " (tls_ca in cortex.toml).";
    }
}
