package cortex.cli.terminal;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/// Why no answer came from a gateway, by the words of JDK 25.
///
/// @param reason what happened, without a dot: "connection refused"
/// @param next what to do about it, a sentence
public record ConnectionTrouble(String reason, String next) {
    private static final String WHERE = "--url or CORTEX_URL says where.";
    private static final String RUNNING = "Is cortex running there? " + WHERE;

    /// What a failure to send a request, or to read its answer, tells.
    public static ConnectionTrouble of(IOException trouble) {
        return switch (trouble) {
            case UnknownHostException _ -> unknownHost();
            case ConnectException e when isUnresolved(e) -> unknownHost();
            case HttpConnectTimeoutException _ ->
                    new ConnectionTrouble(
                            "no connection in time",
                            "Is that host up, and is its port open? " + WHERE);
            case HttpTimeoutException _ ->
                    new ConnectionTrouble("it took the request and was silent", RUNNING);
            case ConnectException _ -> new ConnectionTrouble("connection refused", RUNNING);
            case SSLException tls -> ofTls(String.valueOf(tls.getMessage()));
            case ProtocolException _ -> noHttp();
            default ->
                    String.valueOf(trouble.getMessage()).contains("HTTP/1.1 header parser")
                            ? noHttp()
                            : new ConnectionTrouble("the connection broke", RUNNING);
        };
    }

    /// The client wraps what it met in an exception of the same kind, once or twice.
    private static boolean isUnresolved(Throwable trouble) {
        Throwable cause = trouble.getCause();
        return trouble instanceof UnresolvedAddressException
                || (cause != null && isUnresolved(cause));
    }

    private static ConnectionTrouble unknownHost() {
        return new ConnectionTrouble(
                "there is no host of that name", "Correct the name in --url or CORTEX_URL.");
    }

    private static ConnectionTrouble noHttp() {
        return new ConnectionTrouble(
                "it does not speak plain HTTP",
                "The API's port is listen in [gateway], usually 8000. Behind a proxy with TLS the"
                        + " URL begins with https://.");
    }

    private static ConnectionTrouble ofTls(String said) {
        if (said.contains("Unrecognized SSL message") || said.contains("unrecognized SSL")) {
            return new ConnectionTrouble(
                    "it does not speak TLS", "Use a URL that begins with http://.");
        }
        if (said.contains("No subject") || said.contains("No name")) {
            return new ConnectionTrouble(
                    "its certificate is for another host name",
                    "Use the name of the certificate in --url.");
        }
        if (said.contains("PKIX") || said.contains("certificate")) {
            return new ConnectionTrouble(
                    "its certificate is not trusted",
                    "--cacert or CORTEX_CACERT names a PEM file with its authority, or with the"
                            + " certificate itself.");
        }
        return new ConnectionTrouble("no TLS connection came about", RUNNING);
    }
}
