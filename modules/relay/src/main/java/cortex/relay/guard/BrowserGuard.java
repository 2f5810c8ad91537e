package cortex.relay.guard;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.log.LogLine;
import cortex.core.time.SystemTime;
import cortex.relay.http.RefusalLog;
import cortex.relay.http.RequestIds;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Refuses what a web page makes a browser send that the server's owner did not allow. A browser
/// asks before it lets a page send JSON to another site; so bodies must be called JSON, and a POST
/// that does not tell its page, body or not. It tells in `Origin` and `Sec-Fetch-Site` which page
/// asks; so others' pages are known. And it tells in `Host` by which name it came; so a page whose
/// name was rebound to this machine is known.
public final class BrowserGuard implements Filter {
    private static final HeaderName FETCH_SITE = HeaderNames.create("sec-fetch-site");
    private static final HeaderName FETCH_MODE = HeaderNames.create("sec-fetch-mode");
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> OWN_SITE = Set.of("none", "same-origin");
    private static final int LONGEST_SHOWN = 200;

    private final Rules rules;
    private final RefusalLog log;

    /// What one program allows.
    ///
    /// @param hosts the names it answers to
    /// @param origins whether pages of an origin may use it
    /// @param forms whether a path also takes forms with files, besides JSON
    /// @param words what to change in order to allow what was refused
    public record Rules(
            HostNames hosts, Predicate<String> origins, Predicate<String> forms, Words words) {}

    /// The ends of the sentences that refuse: how to allow a host, and how an origin.
    public record Words(String forHost, String forOrigin) {}

    /// Refuses by these rules, and says so in a log of its own.
    public BrowserGuard(Rules rules) {
        this(rules, new RefusalLog(new SystemTime()));
    }

    /// Refuses by these rules, and says so in `log`.
    public BrowserGuard(Rules rules, RefusalLog log) {
        this.rules = rules;
        this.log = log;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        check(request, false);
        chain.proceed();
    }

    /// Lets a request pass, or does not. One that has shown that it comes from no browser, by a
    /// secret that no page can know, may call the server by any name.
    ///
    /// @throws FailureException with a 403, 415 or 421
    public void check(ServerRequest request, boolean known) {
        Failure failure = problem(request, known);
        if (failure != null) {
            tell(request, failure);
            throw new FailureException(failure);
        }
    }

    private @Nullable Failure problem(ServerRequest request, boolean known) {
        ServerRequestHeaders headers = request.headers();
        String target = request.prologue().uriPath().rawPath();
        String host = authority(target, headers.first(HeaderNames.HOST).orElse(""));
        if (!known && !rules.hosts.knows(host)) {
            return foreignHost(host);
        }
        String origin = headers.first(HeaderNames.ORIGIN).orElse(null);
        boolean allowed = origin != null && rules.origins.test(origin);
        if (origin != null && !allowed && !isOrigin(origin, host)) {
            return foreignPage(
                    "Web pages of " + shown(origin, "that origin") + " may not use this API.");
        }
        String site = headers.first(FETCH_SITE).orElse("none").toLowerCase(Locale.ROOT);
        if (!OWN_SITE.contains(site) && !allowed && !isVisit(request, target, site)) {
            return foreignPage("A web page of another site may not use this API.");
        }
        String method = request.prologue().method().text();
        boolean untold = method.equals("POST") && origin == null && !known;
        if (!READING.contains(method)
                && (hasBody(headers) || untold)
                && !isTaken(headers, target)) {
            return new Failure.Unsupported(
                    415,
                    "Send JSON, with the header 'Content-Type: application/json'"
                            + (rules.forms.test(target) ? " (or multipart/form-data)." : "."),
                    "content_type_unsupported");
        }
        return null;
    }

    /// The authority of an absolute target (RFC 9112 §3.2.2) is what counts, not the header's.
    private static String authority(String target, String host) {
        int scheme = target.indexOf("://");
        if (target.startsWith("/") || scheme < 0) {
            return host;
        }
        int end = target.indexOf('/', scheme + 3);
        return target.substring(scheme + 3, end < 0 ? target.length() : end);
    }

    /// Whether a page of `origin` was loaded from this very server.
    private static boolean isOrigin(String origin, String host) {
        String lower = origin.toLowerCase(Locale.ROOT);
        boolean tls = lower.startsWith("https://");
        if (!tls && !lower.startsWith("http://")) {
            return false;
        }
        String port = tls ? ":443" : ":80";
        String page = withoutPort(lower.substring(lower.indexOf("://") + 3), port);
        return !page.isEmpty() && page.equals(withoutPort(host.toLowerCase(Locale.ROOT), port));
    }

    private static String withoutPort(String authority, String port) {
        return authority.endsWith(port)
                ? authority.substring(0, authority.length() - port.length())
                : authority;
    }

    /// Somebody follows a link: nothing is changed, and the page that holds the link sees nothing.
    private static boolean isVisit(ServerRequest request, String target, String site) {
        boolean navigates =
                request.headers().first(FETCH_MODE).orElse("").equalsIgnoreCase("navigate");
        return navigates
                && request.prologue().method().text().equals("GET")
                && (target.equals("/") || site.equals("same-site"));
    }

    private static boolean hasBody(ServerRequestHeaders headers) {
        return headers.contains(HeaderNames.TRANSFER_ENCODING)
                || headers.contentLength().orElse(0) != 0;
    }

    private boolean isTaken(ServerRequestHeaders headers, String target) {
        if (!headers.contains(HeaderNames.CONTENT_TYPE)) {
            return false;
        }
        List<String> types = headers.get(HeaderNames.CONTENT_TYPE).allValues();
        return types.stream().allMatch(type -> isJson(essence(type)))
                || (types.size() == 1
                        && essence(types.getFirst()).equals("multipart/form-data")
                        && rules.forms.test(target));
    }

    private static String essence(String type) {
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static boolean isJson(String type) {
        return type.equals("application/json")
                || (type.startsWith("application/")
                        && type.endsWith("+json")
                        && type.indexOf(',') < 0);
    }

    private Failure foreignHost(String host) {
        String name = shown(HostNames.nameIn(host), "in the Host header");
        return new Failure.Refused(421, "Unknown host name " + name + ". " + rules.words.forHost);
    }

    private Failure foreignPage(String what) {
        return new Failure.Forbidden(what + " " + rules.words.forOrigin);
    }

    private static String shown(String given, String otherwise) {
        boolean sane =
                !given.isEmpty()
                        && given.length() <= LONGEST_SHOWN
                        && given.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\'');
        return sane ? "'" + given + "'" : otherwise;
    }

    private void tell(ServerRequest request, Failure failure) {
        log.write(request.remotePeer().host() + " " + failure.outcome(), line(request, failure));
    }

    /// The log line of a request that is not let in.
    public static LogLine line(ServerRequest request, Failure failure) {
        String path = request.prologue().uriPath().rawPath();
        return RefusalLog.line()
                .with("id", RequestIds.current())
                .with("method", request.prologue().method().text())
                .with("path", path.substring(0, Math.min(path.length(), LONGEST_SHOWN)))
                .with("client", request.remotePeer().host())
                .with("status", failure.status())
                .with("outcome", failure.outcome())
                .with("reason", failure.message());
    }
}
