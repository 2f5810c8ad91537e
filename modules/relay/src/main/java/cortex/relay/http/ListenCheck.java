package cortex.relay.http;

import cortex.core.config.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// Tries an address before anything is started, so that a program can name every address it cannot
/// have, and the key to change, in one go.
public final class ListenCheck {
    private ListenCheck() {}

    /// Why the address cannot be listened on, as the end of a sentence; null when it can. Another
    /// program may still take it before the server does.
    public static @Nullable String problem(HostPort address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            InetAddress host = InetAddress.getByName(address.host());
            socket.bind(new InetSocketAddress(host, address.port()));
            return null;
        } catch (UnknownHostException e) {
            return "the host name '" + address.host() + "' is not known here";
        } catch (IOException e) {
            return reason(address, String.valueOf(e.getMessage()));
        }
    }

    private static String reason(HostPort address, String message) {
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
