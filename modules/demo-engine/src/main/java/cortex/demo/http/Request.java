package cortex.demo.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request, read in full. Header names are lower case; a repeated header keeps its last value.
public final class Request {
    private final String method;
    private final String path;
    private final Map<String, String> headers;
    private final byte[] body;
    private final Client client;

    Request(Head head, byte[] body, Client client) {
        this.method = head.method();
        int mark = head.target().indexOf('?');
        this.path = mark < 0 ? head.target() : head.target().substring(0, mark);
        this.headers = head.headers();
        this.body = body;
        this.client = client;
    }

    /// The request line and the headers as they came.
    record Head(String method, String target, String version, Map<String, String> headers) {
        boolean close() {
            String connection = headers.getOrDefault("connection", "");
            return version.equals("HTTP/1.0") || connection.equalsIgnoreCase("close");
        }
    }

    /// The method, upper case.
    public String method() {
        return method;
    }

    /// The path without the query, not decoded.
    public String path() {
        return path;
    }

    /// A header by its lower-case name.
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /// The body; the caller must not change it.
    public byte[] body() {
        return body;
    }

    /// Who asked.
    public Client client() {
        return client;
    }
}
