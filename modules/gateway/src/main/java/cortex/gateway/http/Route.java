package cortex.gateway.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a path leads to. It is found once, from the path as it was sent; who may ask, by which
/// methods, and whether web pages may, are read from here and never from the path again. Inference
/// and models are found under the prefixes that clients put together; what operators use has one
/// spelling.
public sealed interface Route {
    /// Who may ask.
    enum Access {
        /// Everybody.
        PUBLIC,
        /// Whoever shows an API key, where there are some.
        KEY,
        /// Whoever shows an operator's key.
        OPERATOR
    }

    /// Who may ask.
    Access access();

    /// By which methods; none where there is nothing.
    List<String> methods();

    /// Whether web pages of the configured origins may ask, and see the answer.
    boolean opensToPages();

    /// An endpoint whose requests go to an engine.
    record Inference(Endpoint endpoint) implements Route {
        @Override
        public Access access() {
            return Access.KEY;
        }

        @Override
        public List<String> methods() {
            return Paths.POSTING;
        }

        @Override
        public boolean opensToPages() {
            return true;
        }
    }

    /// The list of models.
    record Models() implements Route {
        @Override
        public Access access() {
            return Access.KEY;
        }

        @Override
        public List<String> methods() {
            return Paths.READING;
        }

        @Override
        public boolean opensToPages() {
            return true;
        }
    }

    /// One model; `rawId` is still percent-encoded.
    record Model(String rawId) implements Route {
        @Override
        public Access access() {
            return Access.KEY;
        }

        @Override
        public List<String> methods() {
            return Paths.READING;
        }

        @Override
        public boolean opensToPages() {
            return true;
        }

        /// The model's id or alias; null when it is not validly encoded.
        @Nullable String id() {
            try {
                return URLDecoder.decode(rawId.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
    }

    /// What can be looked at without a key.
    enum Page implements Route {
        /// What this is, for who tries a base URL.
        WELCOME,
        /// What Claude Code asks before anything else.
        HELLO,
        /// Whether the process is up.
        HEALTH,
        /// Whether requests can be served.
        READY;

        @Override
        public Access access() {
            return Access.PUBLIC;
        }

        @Override
        public List<String> methods() {
            return Paths.READING;
        }

        @Override
        public boolean opensToPages() {
            return true;
        }
    }

    /// A call of an operator; `argument` is what stands behind it, "" for nothing.
    record Admin(AdminCall call, String argument) implements Route {
        @Override
        public Access access() {
            return Access.OPERATOR;
        }

        @Override
        public List<String> methods() {
            boolean asks = call == AdminCall.PLAN || call == AdminCall.LOGS;
            return call.changes() || asks ? Paths.POSTING : Paths.READING;
        }

        @Override
        public boolean opensToPages() {
            return false;
        }
    }

    /// Nothing. Whoever has no key is not told so.
    record Unknown() implements Route {
        @Override
        public Access access() {
            return Access.KEY;
        }

        @Override
        public List<String> methods() {
            return List.of();
        }

        @Override
        public boolean opensToPages() {
            return false;
        }
    }

    /// Where a path leads; `rawPath` is as it was sent, without the query, still percent-encoded.
    static Route of(String rawPath) {
        return Paths.find(rawPath);
    }
}
