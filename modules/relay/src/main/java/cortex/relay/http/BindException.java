package cortex.relay.http;

import cortex.core.config.HostPort;
import java.io.IOException;
import java.io.Serial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// A server could not listen where it was told to; the message names the address and the reason.
public final class BindException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    /// `cause` is what the binding reported.
    public BindException(HostPort address, Throwable cause) {
        super("cannot listen on " + address + ": " + reason(address, deepest(cause)), cause);
    }

    BindException(HostPort address, String reason) {
        super("cannot listen on " + address + ": " + reason);
    }

    /// Why the address cannot be listened on, as the end of a sentence; null when it can. Lets a
    /// program name every address it cannot have before it starts anything. Another program may
    /// still take the address before the server does.
    public static @Nullable String problem(HostPort address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            InetAddress host = InetAddress.getByName(address.host());
            socket.bind(new InetSocketAddress(host, address.port()));
            return null;
        } catch (IOException e) {
            return reason(address, e);
        }
    }

    private static Throwable deepest(Throwable cause) {
        Throwable deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest;
    }

    private static String reason(HostPort address, Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof UnknownHostException) {
            return "the host name '" + address.host() + "' is not known here";
        }
        if (message.contains("in use")) {
            return "port " + address.port() + " is already taken by another program";
        }
        if (message.contains("assign requested")) {
            return "this machine has no address " + address.host();
        }
        if (message.contains("ermission denied")) {
            return "this user may not listen on port " + address.port();
        }
        return message;
    }
}
