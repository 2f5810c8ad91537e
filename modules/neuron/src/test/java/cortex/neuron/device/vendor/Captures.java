package cortex.neuron.device.vendor;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// The recorded outputs of nvidia-smi, and scripts that stand in for it.
final class Captures {
    private Captures() {}

    /// The text of one file of one capture.
    static String text(String capture, String file) throws IOException {
        try (InputStream in = Captures.class.getResourceAsStream(file(capture, file))) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// A program in `dir` that answers as the capture recorded.
    static Path replay(Path dir, String capture) throws IOException, URISyntaxException {
        URL some = Objects.requireNonNull(Captures.class.getResource(file(capture, "query-gpu")));
        Path folder = Path.of(some.toURI()).resolve("..").normalize();
        try (InputStream in = Captures.class.getResourceAsStream("captures/replay.sh")) {
            String script =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return script(dir, script.replace("@CAPTURE@", "'" + folder + "'"));
        }
    }

    /// A program in `dir` with this shell text.
    static Path script(Path dir, String text) throws IOException {
        Path script = dir.resolve("nvidia-smi");
        Files.writeString(script, text.startsWith("#!") ? text : "#!/bin/sh\n" + text);
        if (!script.toFile().setExecutable(true)) {
            throw new IOException("not executable: " + script);
        }
        return script;
    }

    private static String file(String capture, String file) {
        return "captures/" + capture + "/" + file + ".txt";
    }
}
