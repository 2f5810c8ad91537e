package cortex.gateway.admin;

import cortex.core.catalogue.ModelProfile;
import cortex.core.config.problem.Spelling;
import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import cortex.gateway.route.ModelResolver;
import java.util.List;

/// The names that an operator may use.
public record Names(ModelResolver models, List<String> nodes) {
    private static final int NOT_FOUND = 404;

    public Names {
        nodes = List.copyOf(nodes);
    }

    /// The model of an id or alias.
    ///
    /// @throws FailureException with a {@link Failure.UnknownModel} that names what comes nearest
    ModelProfile model(String name) {
        return models.resolve(name);
    }

    /// The node of that name.
    ///
    /// @throws FailureException that names what comes nearest
    String node(String name) {
        if (!nodes.contains(name)) {
            String meant = Spelling.nearest(name, nodes);
            String hint =
                    meant == null
                            ? "There are: " + String.join(", ", nodes) + "."
                            : "Did you mean " + meant + "?";
            throw new FailureException(
                    new Failure.Unsupported(
                            NOT_FOUND,
                            "There is no node '" + name + "'. " + hint,
                            "node_not_found"));
        }
        return name;
    }
}
