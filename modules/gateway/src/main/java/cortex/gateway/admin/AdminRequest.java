package cortex.gateway.admin;

import cortex.core.catalogue.ModelProfile;
import cortex.core.config.problem.Spelling;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.core.node.Json;
import cortex.gateway.http.RequestScope;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What an operator's request names, `{"model": …, "node": …}`, checked against what there is, and
/// whether it is to be done by `"force"`.
final class AdminRequest {
    private static final int LARGEST = 64 << 10;
    private static final List<String> FIELDS = List.of("model", "node");
    private static final String FORCE = "force";

    private final Names names;
    private final @Nullable String model;
    private final @Nullable String node;
    private final boolean force;

    private AdminRequest(
            Names names, @Nullable String model, @Nullable String node, boolean force) {
        this.names = names;
        this.model = model;
        this.node = node;
        this.force = force;
    }

    /// Reads a request's body; `forceful` when it may be forced.
    ///
    /// @throws FailureException with what is wrong with it
    static AdminRequest read(RequestScope scope, Names names, boolean forceful) {
        JsonNode body = body(scope);
        JsonNode force = body.path(FORCE);
        if (forceful && !force.isMissingNode() && !force.isBoolean()) {
            throw bad("'force' must be true or false.", FORCE);
        }
        for (Map.Entry<String, JsonNode> field : body.properties()) {
            String name = field.getKey();
            if (forceful && name.equals(FORCE)) {
                continue;
            }
            if (!FIELDS.contains(name)) {
                String meant = Spelling.nearest(name, FIELDS);
                String hint =
                        meant == null
                                ? "'model' and 'node' are what can be named."
                                : "did you mean '" + meant + "'?";
                throw bad("There is no field '" + name + "'; " + hint, name);
            }
            if (!field.getValue().isString() && !field.getValue().isNull()) {
                throw bad("'" + name + "' must be a text.", name);
            }
        }
        return new AdminRequest(
                names, text(body, "model"), text(body, "node"), force.asBoolean(false));
    }

    private static JsonNode body(RequestScope scope) {
        try (InputStream in = scope.request().content().inputStream()) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new FailureException(new Failure.TooLarge(LARGEST));
            }
            JsonNode body = Json.MAPPER.readTree(bytes);
            if (!body.isObject()) {
                throw bad("Send a JSON object such as {\"model\": \"…\", \"node\": \"…\"}.", null);
            }
            return body;
        } catch (IOException | JacksonException e) {
            throw bad("The request body is not valid JSON.", null);
        }
    }

    private static @Nullable String text(JsonNode body, String field) {
        String text = body.path(field).asString("");
        return text.isBlank() ? null : text;
    }

    private static FailureException bad(String message, @Nullable String field) {
        return new FailureException(new Failure.BadRequest(message, field));
    }

    /// Whether it is to be done though a pin is against it.
    boolean force() {
        return force;
    }

    /// The model; there must be one.
    ModelProfile model() {
        if (model == null) {
            throw bad("Say which model: {\"model\": \"…\"}.", "model");
        }
        return names.model(model);
    }

    /// The id of the model: of the catalogue's, or of one that is `loaded` without it.
    String modelOr(Set<String> loaded) {
        return model != null && loaded.contains(model) ? model : model().id();
    }

    /// The model, and nothing else.
    ModelProfile onlyModel() {
        if (node != null) {
            throw bad("This is about all nodes; leave 'node' out.", "node");
        }
        return model();
    }

    /// The node, if one is named.
    @Nullable String nodeIfAny() {
        return node == null ? null : names.node(node);
    }

    /// The node; there must be one.
    String node() {
        if (node == null) {
            throw bad("Say which node: {\"node\": \"…\"}.", "node");
        }
        return names.node(node);
    }

    /// The node, and nothing else.
    String onlyNode() {
        if (model != null) {
            throw bad("This is about a whole node; leave 'model' out.", "model");
        }
        return node();
    }
}
