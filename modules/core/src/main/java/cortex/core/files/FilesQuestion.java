package cortex.core.files;

import cortex.core.catalogue.ModelProfile;
import cortex.core.node.EngineOptions;
import cortex.core.node.Json;
import cortex.core.node.LoadRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/// `PUT /files/{version}`: the models of a catalogue, each as a load of it would name its files.
public record FilesQuestion(List<LoadRequest> models) {
    private static final int DIGITS = 32;

    public FilesQuestion {
        models = models == null ? List.of() : List.copyOf(models);
    }

    /// The question about these profiles. Of each it holds no more than what names files, so that
    /// another change of a profile makes no other question.
    public static FilesQuestion of(Collection<ModelProfile> profiles) {
        return new FilesQuestion(profiles.stream().map(FilesQuestion::named).toList());
    }

    private static LoadRequest named(ModelProfile profile) {
        ModelProfile.Engine engine = profile.engine();
        EngineOptions options = engine.options();
        return new LoadRequest(
                profile.id(),
                engine.harness(),
                engine.quant(),
                null,
                List.of(),
                null,
                new EngineOptions(
                        options.origin(),
                        null,
                        null,
                        null,
                        List.of(),
                        options.mmproj(),
                        options.args()));
    }

    /// A name that no other question has.
    public String version() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(Json.MAPPER.writeValueAsBytes(this));
            return HexFormat.of().formatHex(hash).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
