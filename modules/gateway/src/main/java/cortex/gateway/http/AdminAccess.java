package cortex.gateway.http;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may look at the fleet and who may change it. To look, any key is enough. To change it, or to
/// see what others asked, takes an admin key where there are some, else an API key; without any
/// keys it takes a program on this host: no proxy in between, and no web page but one of this host.
public final class AdminAccess {
    private static final List<HeaderName> PROXIED =
            List.of(HeaderNames.X_FORWARDED_FOR, HeaderNames.FORWARDED);

    private static final List<String> THIS_HOST = List.of("localhost", "127.0.0.1", "[::1]");

    private final ApiKeys api;
    private final ApiKeys admin;

    /// Knows both kinds of keys; an admin key is good for everything.
    public AdminAccess(ApiKeys api, ApiKeys admin) {
        this.api = api;
        this.admin = admin;
    }

    /// Lets a request pass that looks at the fleet; the short name of its key, "" for none.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized}
    public String toLook(RequestScope scope) {
        ServerRequestHeaders headers = scope.request().headers();
        return admin.knows(headers) ? admin.check(headers) : api.check(headers);
    }

    /// Lets a request pass that changes the fleet or looks at others' requests; who it is, for the
    /// log.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized} or a {@link Failure.Forbidden}
    public String toChange(RequestScope scope) {
        ServerRequestHeaders headers = scope.request().headers();
        if (admin.isEmpty() && api.isEmpty()) {
            fromHere(scope);
            return "a program on this host";
        }
        if (admin.isEmpty()) {
            return api.check(headers);
        }
        if (!admin.knows(headers) && api.knows(headers)) {
            throw new FailureException(
                    new Failure.Forbidden(
                            "This takes one of the admin_keys; an API key is not enough."));
        }
        return admin.check(headers);
    }

    private static void fromHere(RequestScope scope) {
        ServerRequestHeaders headers = scope.request().headers();
        InetAddress peer = scope.peerAddress();
        boolean here = peer != null && peer.isLoopbackAddress();
        boolean direct = PROXIED.stream().noneMatch(headers::contains);
        if (!here || !direct || !ofThisHost(headers.first(HeaderNames.ORIGIN).orElse(null))) {
            throw new FailureException(
                    new Failure.Forbidden(
                            "Without keys this is for programs on the gateway's own host. Set"
                                    + " admin_keys in [gateway] to allow it from elsewhere."));
        }
    }

    /// A page of another host may make a browser ask, but not hide where it comes from.
    private static boolean ofThisHost(@Nullable String origin) {
        if (origin == null) {
            return true;
        }
        try {
            String host = URI.create(origin).getHost();
            return host != null && THIS_HOST.contains(host);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
