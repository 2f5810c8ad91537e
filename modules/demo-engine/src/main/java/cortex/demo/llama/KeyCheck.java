package cortex.demo.llama;

import cortex.demo.http.Handler;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Lets those through who show llama-server's key, where it has one. Its state and its models'
/// names are everybody's (tools/server/server-http.cpp of build 11549).
///
/// @param engine what is asked by those who may
/// @param key the key; null when none is asked for
public record KeyCheck(Handler engine, @Nullable String key) implements Handler {
    private static final Set<String> PUBLIC =
            Set.of("/health", "/v1/health", "/models", "/v1/models");
    private static final byte[] REFUSED =
            """
            {"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}\
            """
                    .getBytes(StandardCharsets.UTF_8);

    @Override
    public void handle(Request request, Response response)
            throws IOException, InterruptedException {
        if (key == null || PUBLIC.contains(request.path()) || shows(request, key)) {
            engine.handle(request, response);
        } else {
            response.send(401, Service.JSON, REFUSED);
        }
    }

    private static boolean shows(Request request, String wanted) {
        String shown = request.header("authorization");
        return shown != null
                && MessageDigest.isEqual(
                        shown.getBytes(StandardCharsets.UTF_8),
                        ("Bearer " + wanted).getBytes(StandardCharsets.UTF_8));
    }
}
