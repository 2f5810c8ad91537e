package cortex.demo.llama;

import cortex.core.dialect.form.FormBoundary;
import cortex.core.dialect.form.FormScanner;
import cortex.demo.http.Request;
import cortex.demo.http.Response;
import cortex.demo.script.JsonText;
import java.io.IOException;

/// `/v1/audio/transcriptions`, of an engine that has a projector.
final class AudioRoutes {
    private final Service service;

    AudioRoutes(Service service) {
        this.service = service;
    }

    /// Hears nothing: tells how long the form is, and which model it names.
    void transcribe(Request request, Response response) throws IOException, LlamaErrorException {
        if (!service.abilities().vision()) {
            throw LlamaErrorException.server(
                    501, "This server does not support audio input. Start it with `--mmproj`");
        }
        String type = request.header("content-type");
        FormBoundary boundary = FormBoundary.of(type == null ? "" : type);
        if (boundary == null) {
            throw LlamaErrorException.invalid("the body must be multipart/form-data");
        }
        byte[] form = request.body();
        FormScanner scanner = new FormScanner(boundary);
        scanner.scan(form, 0, form.length);
        if (!scanner.isOver() || !scanner.hasModel()) {
            throw LlamaErrorException.invalid("the form is not complete, or has no 'model'");
        }
        String text =
                "A recording in a form of %d bytes, for %s."
                        .formatted(form.length, scanner.model(form));
        Service.json(response, "{\"text\":%s}".formatted(JsonText.quote(text)));
    }
}
