package cortex.demo.llama;

import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.Ask;
import cortex.demo.script.JsonText;
import cortex.demo.script.Tokens;
import java.io.IOException;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/// `/tokenize`, `/detokenize`, `/apply-template`.
final class TextRoutes {
    private TextRoutes() {}

    static void tokenize(Request request, Response response)
            throws IOException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        boolean pieces = body.path("with_pieces").asBoolean(false);
        StringJoiner tokens = new StringJoiner(",", "{\"tokens\":[", "]}");
        if (body.path("add_special").asBoolean(false)) {
            tokens.add(token(Tokens.BEGIN, "", pieces));
        }
        for (String piece : Tokens.split(body.path("content").asString(""))) {
            tokens.add(token(Tokens.id(piece), piece, pieces));
        }
        Service.json(response, tokens.toString());
    }

    private static String token(int id, String piece, boolean withPiece) {
        return withPiece
                ? "{\"id\":" + id + ",\"piece\":" + JsonText.quote(piece) + "}"
                : String.valueOf(id);
    }

    static void detokenize(Request request, Response response)
            throws IOException, LlamaErrorException {
        StringBuilder text = new StringBuilder();
        for (JsonNode token : Bodies.read(request.body()).path("tokens")) {
            text.append(Tokens.text(token.asInt(0)));
        }
        Service.json(response, "{\"content\":" + JsonText.quote(text.toString()) + "}");
    }

    static void applyTemplate(Request request, Response response, boolean vision)
            throws IOException, LlamaErrorException {
        JsonNode body = Bodies.read(request.body());
        Bodies.checkChat(body, vision);
        Service.json(response, "{\"prompt\":" + JsonText.quote(Ask.ofChat(body).prompt()) + "}");
    }
}
