package cortex.core.failure;

import cortex.core.log.Quantity;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every way a request can fail. A case knows its HTTP status, its sentence for the caller (what
/// happened and what to do), how long to wait before another try, and its `outcome`, the bounded
/// label of metrics and logs. Dialects turn it into their own envelope.
public sealed interface Failure {
    /// The HTTP status, 400 to 599; 499 stands for a client that left and never goes over the wire.
    int status();

    /// One or two sentences for the caller: what is wrong and what to do. Names no secret, no path
    /// or address of a machine, no stack trace, and not a word of what an engine printed: it may
    /// hold another caller's prompt. All that is rendered for clients is made of this alone.
    String message();

    /// What only operators read beside the message: an engine's last words, paths, addresses, what
    /// a node said; null when the message tells all.
    default @Nullable String detail() {
        return null;
    }

    /// Message and detail, for logs and whatever else only operators read.
    default String told() {
        String detail = detail();
        return detail == null ? message() : message() + " [" + detail + "]";
    }

    /// The value of the `outcome` label: lower case, a closed set.
    String outcome();

    /// How long the caller should wait before trying again, or null when trying again is no use.
    default @Nullable Duration retryAfter() {
        return null;
    }

    /// The body or a parameter is not what the API asks for. `param` is the field's name or null.
    record BadRequest(String message, @Nullable String param) implements Failure {
        @Override
        public int status() {
            return 400;
        }

        @Override
        public String outcome() {
            return "bad_request";
        }
    }

    /// The prompt does not fit the model's context. Token counts are null when not known.
    record ContextOverflow(String message, @Nullable Long promptTokens, @Nullable Long limit)
            implements Failure {
        @Override
        public int status() {
            return 400;
        }

        @Override
        public String outcome() {
            return "context_overflow";
        }
    }

    /// The request asks for something that this gateway does not have, or comes in a form that it
    /// does not read. `code` tells a client's library how to go on without it.
    record Unsupported(int status, String message, String code) implements Failure {
        @Override
        public String outcome() {
            return switch (status) {
                case 404 -> "not_found";
                case 409 -> "conflict";
                default -> "unsupported";
            };
        }
    }

    /// No key, or one that is not known.
    record Unauthorized(String message) implements Failure {
        @Override
        public int status() {
            return 401;
        }

        @Override
        public String outcome() {
            return "unauthorized";
        }
    }

    /// Whoever asks is known, and may not.
    record Forbidden(String message) implements Failure {
        @Override
        public int status() {
            return 403;
        }

        @Override
        public String outcome() {
            return "forbidden";
        }
    }

    /// A name that nobody in the fleet could ever serve. `nearest` are names that exist.
    record UnknownModel(String model, List<String> nearest) implements Failure {
        public UnknownModel {
            nearest = List.copyOf(nearest);
        }

        @Override
        public int status() {
            return 404;
        }

        @Override
        public String message() {
            String hint =
                    nearest.isEmpty()
                            ? "GET /v1/models lists the models."
                            : "Did you mean " + String.join(" or ", nearest) + "?";
            return "Unknown model '" + model + "'. " + hint;
        }

        @Override
        public String outcome() {
            return "unknown_model";
        }
    }

    /// The model is in the catalogue, all nodes are known, and none of them could ever hold it.
    /// `detail` says for each node why.
    record Unservable(String model, String message, @Nullable String detail) implements Failure {
        /// One of which the message tells all.
        public Unservable(String model, String message) {
            this(model, message, null);
        }

        @Override
        public int status() {
            return 404;
        }

        @Override
        public String outcome() {
            return "unservable";
        }
    }

    /// No such path on this server.
    record UnknownPath(String method, String path) implements Failure {
        @Override
        public int status() {
            return 404;
        }

        @Override
        public String message() {
            return "There is no " + method + " " + path + " here.";
        }

        @Override
        public String outcome() {
            return "unknown_path";
        }
    }

    /// The path exists, with other methods.
    record MethodNotAllowed(String method, String path, List<String> allowed) implements Failure {
        public MethodNotAllowed {
            allowed = List.copyOf(allowed);
        }

        @Override
        public int status() {
            return 405;
        }

        @Override
        public String message() {
            return path + " takes " + String.join(", ", allowed) + ", not " + method + ".";
        }

        @Override
        public String outcome() {
            return "method_not_allowed";
        }
    }

    /// The body is over the configured limit; `afterDecoding` when only its content is, and not
    /// what was sent of it.
    record TooLarge(long limitBytes, boolean afterDecoding) implements Failure {
        /// A body too large as it was sent.
        public TooLarge(long limitBytes) {
            this(limitBytes, false);
        }

        @Override
        public int status() {
            return 413;
        }

        @Override
        public String message() {
            String what = afterDecoding ? "The decoded request body" : "The request body";
            return what + " is larger than the " + Quantity.ofBytes(limitBytes) + " allowed here.";
        }

        @Override
        public String outcome() {
            return "too_large";
        }
    }

    /// The HTTP message itself cannot be taken: its target or headers are too long (414, 431), its
    /// version is not spoken here (505), or it did not come in time (408).
    record Refused(int status, String message) implements Failure {
        @Override
        public String outcome() {
            return "refused";
        }
    }

    /// A queue or limit is full; `limit` says which.
    record Overloaded(String message, Duration retryAfter, Limit limit) implements Failure {
        /// The queue of a model is full.
        public Overloaded(String message, Duration retryAfter) {
            this(message, retryAfter, Limit.MODEL_QUEUE);
        }

        @Override
        public int status() {
            return 429;
        }

        @Override
        public String outcome() {
            return "overloaded";
        }
    }

    /// The model is known but nobody can serve it now: no node fits, or none is healthy.
    record NoCapacity(String model, String message, @Nullable String detail, Duration retryAfter)
            implements Failure {
        /// One of which the message tells all.
        public NoCapacity(String model, String message, Duration retryAfter) {
            this(model, message, null, retryAfter);
        }

        @Override
        public int status() {
            return 503;
        }

        @Override
        public String outcome() {
            return "no_capacity";
        }
    }

    /// The model is on its way and the caller's waiting time is over. `state` is what it waits for,
    /// `node` where it is or will be, as far as that is known; `eta` when it should be ready by
    /// what its last load took, null when none was seen.
    record StillLoading(
            String model,
            State state,
            @Nullable String node,
            Duration retryAfter,
            @Nullable Duration eta)
            implements Failure {
        /// What a model may wait for.
        public enum State {
            /// Its load is under way.
            LOADING,
            /// Others have to leave first.
            MAKING_ROOM
        }

        /// A load of which nobody knows how long it takes.
        public StillLoading(String model, String node, Duration retryAfter) {
            this(model, State.LOADING, node, retryAfter, null);
        }

        @Override
        public int status() {
            return 503;
        }

        @Override
        public String message() {
            String what =
                    state == State.LOADING
                            ? "is still loading"
                            : "waits until another model leaves";
            String where = node == null ? "" : " on " + Outward.node(node);
            String when = eta == null ? "" : "; it should be ready in " + eta.toSeconds() + " s";
            return "The model '%s' %s%s%s. Try again %s."
                    .formatted(model, what, where, when, eta == null ? "soon" : "then");
        }

        @Override
        public @Nullable String detail() {
            return node == null || Outward.node(node).equals(node) ? null : "on " + node;
        }

        @Override
        public String outcome() {
            return "still_loading";
        }
    }

    /// Loading failed, or is not tried, wherever the model could go; `places` says where and why:
    /// also where the node rests as its engine ended while it served.
    record LoadFailed(String model, List<FailedPlace> places, Duration retryAfter)
            implements Failure {
        /// Loading failed on one node, whose engine said nothing.
        public LoadFailed(String model, String node, String reason, Duration retryAfter) {
            this(model, List.of(new FailedPlace(node, reason, null)), retryAfter);
        }

        @Override
        public int status() {
            return 503;
        }

        @Override
        public String message() {
            return FailedPlace.outward(model, places, retryAfter);
        }

        @Override
        public String detail() {
            return FailedPlace.told(places);
        }

        @Override
        public String outcome() {
            return FailedPlace.onlyDied(places) ? "engine_resting" : "load_failed";
        }
    }

    /// The engine answered with an error of its own; `status` and `message` are already made fit
    /// for the caller, `code` is the engine's or null; `detail` is what it said in its own words
    /// where those were changed.
    record EngineError(int status, String message, @Nullable String code, @Nullable String detail)
            implements Failure {
        /// One whose words are the engine's, or ours.
        public EngineError(int status, String message, @Nullable String code) {
            this(status, message, code, null);
        }

        @Override
        public String outcome() {
            return status < 500 ? "engine_refused" : "engine_error";
        }
    }

    /// The engine could not be reached, or died or broke off before its answer was complete.
    record EngineGone(String model, String message, @Nullable String detail) implements Failure {
        /// One of which the message tells all.
        public EngineGone(String model, String message) {
            this(model, message, null);
        }

        @Override
        public int status() {
            return 502;
        }

        @Override
        public String outcome() {
            return "engine_gone";
        }
    }

    /// No TLS connection to the node came about, so that the engine has seen nothing of the
    /// request; `detail` is what the node does wrong, for operators.
    record NodeTls(String model, String detail) implements Failure {
        @Override
        public int status() {
            return 502;
        }

        @Override
        public String message() {
            return ("The node of '%s' cannot be reached: its TLS failed. The engine has seen"
                            + " nothing of the request.")
                    .formatted(model);
        }

        @Override
        public String outcome() {
            return "node_tls";
        }
    }

    /// The engine's process ended while it worked at this request: `ending` says how ("the engine
    /// ended (signal 6)"), `detail` with its last words, `requests` how many were in it then, 0
    /// when that is not known. The request may be the cause, so that it is not tried again.
    record EngineDied(String model, String ending, @Nullable String detail, int requests)
            implements Failure {
        @Override
        public int status() {
            return 502;
        }

        @Override
        public String message() {
            return ("'%s': %s while it worked on this request. The request may have caused it, so"
                            + " cortex does not retry it. Change the request, or ask the operator.")
                    .formatted(model, ending);
        }

        @Override
        public String outcome() {
            return "engine_died";
        }
    }

    /// The engine said nothing for longer than the idle timeout.
    record EngineSilent(String model, Duration idle) implements Failure {
        @Override
        public int status() {
            return 504;
        }

        @Override
        public String message() {
            return "The engine of '" + model + "' sent nothing for " + idle.toSeconds() + " s.";
        }

        @Override
        public String outcome() {
            return "engine_silent";
        }
    }

    /// The server is going down and takes no new requests.
    record ShuttingDown() implements Failure {
        @Override
        public int status() {
            return 503;
        }

        @Override
        public String message() {
            return "This server is shutting down. Try again in a few seconds.";
        }

        @Override
        public String outcome() {
            return "shutting_down";
        }

        @Override
        public Duration retryAfter() {
            return Duration.ofSeconds(5);
        }
    }

    /// The client left before the answer was complete. Never rendered; only counted and logged.
    record ClientGone() implements Failure {
        @Override
        public int status() {
            return 499;
        }

        @Override
        public String message() {
            return "The client closed the connection.";
        }

        @Override
        public String outcome() {
            return "client_gone";
        }
    }

    /// A fault of this program; the log has the details under the same request id.
    record Internal(String requestId) implements Failure {
        @Override
        public int status() {
            return 500;
        }

        @Override
        public String message() {
            return "Something went wrong inside this server; its log has the details under request "
                    + requestId
                    + ".";
        }

        @Override
        public String outcome() {
            return "internal";
        }
    }
}
