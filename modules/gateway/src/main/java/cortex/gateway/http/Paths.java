package cortex.gateway.http;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How paths are told apart: by hand, since model ids have slashes in them.
final class Paths {
    static final List<String> READING = List.of("GET", "HEAD");
    static final List<String> POSTING = List.of("POST");
    private static final String ADMIN = "/admin/";
    private static final String ANTHROPIC = "/anthropic";
    private static final String MODELS = "/models";
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");

    private static final Map<String, Endpoint> INFERENCE =
            Arrays.stream(Endpoint.values())
                    .collect(Collectors.toUnmodifiableMap(Endpoint::path, Function.identity()));

    private static final Map<String, AdminCall> CALLS =
            Arrays.stream(AdminCall.values())
                    .collect(Collectors.toUnmodifiableMap(AdminCall::path, Function.identity()));

    private Paths() {}

    static Route find(String path) {
        if (path.equals("/health")) {
            return Route.Page.HEALTH;
        }
        if (path.equals("/ready")) {
            return Route.Page.READY;
        }
        return path.startsWith(ADMIN) ? admin(path) : open(bare(path));
    }

    private static Route admin(String path) {
        AdminCall call = CALLS.get(path);
        if (call != null) {
            return new Route.Admin(call, "");
        }
        String requests = AdminCall.REQUESTS.path() + "/";
        String id = path.startsWith(requests) ? path.substring(requests.length()) : "";
        boolean dots = id.equals(".") || id.equals("..");
        return REQUEST_ID.matcher(id).matches() && !dots
                ? new Route.Admin(AdminCall.REQUESTS, id)
                : new Route.Unknown();
    }

    private static Route open(String path) {
        Endpoint endpoint = INFERENCE.get(path);
        if (endpoint != null) {
            return new Route.Inference(endpoint);
        }
        return switch (path) {
            case "/" -> Route.Page.WELCOME;
            case "/api/hello" -> Route.Page.HELLO;
            case MODELS -> new Route.Models();
            default ->
                    path.startsWith(MODELS + "/")
                            ? new Route.Model(path.substring(MODELS.length() + 1))
                            : new Route.Unknown();
        };
    }

    /// Without `/v1` in front (once or twice, as clients put it together), `/anthropic` before that
    /// and slashes at the end.
    private static String bare(String rawPath) {
        boolean named = rawPath.startsWith(ANTHROPIC + "/");
        String path = named ? rawPath.substring(ANTHROPIC.length()) : rawPath;
        for (int i = 0; i < 2 && (path.startsWith("/v1/") || path.equals("/v1")); i++) {
            path = path.substring(3);
        }
        int end = path.length();
        while (end > 1 && path.charAt(end - 1) == '/') {
            end--;
        }
        return end == 0 ? "/" : path.substring(0, end);
    }
}
