package cortex.demo;

import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import cortex.demo.work.Stats;
import cortex.demo.work.Stats.Count;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Counts requests before the dialect answers them, and answers the demo engine's own routes: `GET
/// /demo/stats` (the counts) and `GET /demo/last` (the last POST as it arrived, so that a test can
/// see what a gateway made of its request). Both answer even while the model loads.
final class Observed implements Handler {
    private static final String JSON = "application/json";

    private final Handler dialect;
    private final IntSupplier active;
    private final IntSupplier queued;
    private final Stats stats;
    private final Book book;
    private volatile @Nullable Request last;

    Observed(Handler dialect, Stats stats, Book book, IntSupplier active, IntSupplier queued) {
        this.dialect = dialect;
        this.stats = stats;
        this.book = book;
        this.active = active;
        this.queued = queued;
    }

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        switch (request.path()) {
            case "/demo/stats" -> response.send(200, JSON, utf8(statsJson()));
            case "/demo/last" -> response.send(200, JSON, utf8(lastJson()));
            default -> {
                stats.endpoint(request.path());
                if (request.method().equals("POST")) {
                    last = request;
                }
                book.began(request);
                try {
                    dialect.handle(request, response);
                } finally {
                    book.over(request, response);
                }
            }
        }
    }

    private String statsJson() {
        Map<String, String> all = new TreeMap<>();
        for (Count count : Count.values()) {
            all.put(count.name().toLowerCase(Locale.ROOT), String.valueOf(stats.get(count)));
        }
        all.put("active", String.valueOf(active.getAsInt()));
        all.put("queued", String.valueOf(queued.getAsInt()));
        Map<String, String> endpoints = new TreeMap<>();
        stats.endpoints().forEach((path, count) -> endpoints.put(path, count.toString()));
        all.put("endpoints", object(endpoints));
        return object(all);
    }

    private String lastJson() {
        Request request = last;
        if (request == null) {
            return "null";
        }
        Map<String, String> headers = new TreeMap<>();
        request.headers().forEach((name, value) -> headers.put(name, JsonText.quote(value)));
        Map<String, String> all = new TreeMap<>();
        all.put("path", JsonText.quote(request.path()));
        all.put("query", JsonText.quote(request.query()));
        all.put("headers", object(headers));
        all.put("body", JsonText.quote(new String(request.body(), StandardCharsets.UTF_8)));
        return object(all);
    }

    private static String object(Map<String, String> fields) {
        StringJoiner json = new StringJoiner(",", "{", "}");
        fields.forEach((name, value) -> json.add(JsonText.quote(name) + ":" + value));
        return json.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
