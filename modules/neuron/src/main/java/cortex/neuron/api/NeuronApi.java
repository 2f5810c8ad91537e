package cortex.neuron.api;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.files.FilesReport;
import io.helidon.http.Method;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// All paths of the neuron, told apart here because model ids hold slashes: which method and path
/// does what, and what is said to the others.
public final class NeuronApi {
    private static final String MODELS = "/models/";
    private static final String ENGINES = "/engines/";
    private static final String HARNESSES = "/harnesses/";
    private static final String RESTART = "/restart";
    private static final String FILES = "/files/";
    private static final String SINCE = "/since/";
    private static final List<String> GET = List.of("GET");
    private static final List<String> POST = List.of("POST");
    private static final List<String> GET_PUT = List.of("GET", "PUT");
    private static final byte[] ABOUT =
            """
            This is a neuron: it runs the engines of one host for a cortex gateway.

            GET  /discovery             what the host is
            GET  /health                how the host is
            GET  /models                what is loaded, loading, failed
            POST /models/load           {"model_id", "harness", "devices", …}
            POST /models/unload         {"model_id"}
            GET  /models/{id}/endpoint  where a loaded model is served
            GET  /models/{id}/log       its engine's last output
            ANY  /engines/{replica}/…   the engine itself
            PUT  /files/{version}       {"models"}: a catalogue, whose files are looked for
            GET  /files/{version}       which of them are here
            POST /harnesses/{name}/restart  {"only_if_idle"}
            """
                    .getBytes(StandardCharsets.UTF_8);

    private final NodeRoutes node;
    private final ModelRoutes models;
    private final EngineDoor door;
    private final FileRoutes files;

    /// The routes by what they are about.
    public NeuronApi(NodeRoutes node, ModelRoutes models, EngineDoor door, FileRoutes files) {
        this.node = node;
        this.models = models;
        this.door = door;
        this.files = files;
    }

    /// Puts every path into a server's routing.
    public void register(HttpRouting.Builder routing) {
        routing.any((request, response) -> Replies.guard(request, response, this::dispatch));
    }

    private void dispatch(ServerRequest request, ServerResponse response) {
        String path = request.prologue().uriPath().rawPath();
        switch (path) {
            case "/" -> about(request, response);
            case "/discovery" -> {
                only(request, path, GET);
                Replies.json(response, node.discovery());
            }
            case "/health" -> {
                only(request, path, GET);
                Replies.json(response, node.health(connection(request)));
            }
            case "/models" -> {
                only(request, path, GET);
                Replies.json(response, models.list());
                node.modelsAsked(connection(request));
            }
            case "/models/load" -> {
                only(request, path, POST);
                Replies.json(response, models.load(Bodies.control(request)));
            }
            case "/models/unload" -> {
                only(request, path, POST);
                Replies.json(response, models.unload(Bodies.control(request)));
            }
            default -> deeper(request, response, path);
        }
    }

    private void deeper(ServerRequest request, ServerResponse response, String path) {
        if (path.startsWith(ENGINES) && path.length() > ENGINES.length()) {
            door.relay(request, response, path.substring(ENGINES.length()));
        } else if (path.startsWith(HARNESSES) && path.endsWith(RESTART)) {
            only(request, path, POST);
            int end = Math.max(HARNESSES.length(), path.length() - RESTART.length());
            String name = Paths.decode(path.substring(HARNESSES.length(), end));
            Replies.json(response, node.restart(name, Bodies.optional(request)));
        } else if (path.startsWith(FILES) && path.length() > FILES.length()) {
            Replies.json(response, files(request, path.substring(FILES.length())));
        } else if (isAbout(path, "/endpoint")) {
            only(request, path, GET);
            Replies.json(
                    response, models.endpoint(id(path, "/endpoint"), OwnUrl.asSeenBy(request)));
        } else if (isAbout(path, "/log")) {
            only(request, path, GET);
            Replies.text(response, models.log(id(path, "/log")).getBytes(StandardCharsets.UTF_8));
        } else {
            throw new FailureException(
                    new Failure.UnknownPath(request.prologue().method().text(), path));
        }
    }

    private static String connection(ServerRequest request) {
        return request.remotePeer().host() + ":" + request.remotePeer().port();
    }

    private FilesReport files(ServerRequest request, String rest) {
        only(request, FILES + rest, GET_PUT);
        if (request.prologue().method().text().equals("PUT")) {
            return files.take(rest, Bodies.control(request));
        }
        int since = rest.indexOf(SINCE);
        return since < 0
                ? files.report(rest, null)
                : files.report(rest.substring(0, since), rest.substring(since + SINCE.length()));
    }

    private static void about(ServerRequest request, ServerResponse response) {
        only(request, "/", GET);
        Replies.text(response, ABOUT);
    }

    private static boolean isAbout(String path, String what) {
        return path.startsWith(MODELS)
                && path.endsWith(what)
                && path.length() > MODELS.length() + what.length();
    }

    private static String id(String path, String what) {
        return Paths.decode(path.substring(MODELS.length(), path.length() - what.length()));
    }

    private static void only(ServerRequest request, String path, List<String> allowed) {
        Method method = request.prologue().method();
        if (!allowed.contains(method.text())) {
            throw new FailureException(new Failure.MethodNotAllowed(method.text(), path, allowed));
        }
    }
}
