package cortex.gateway.access;

import cortex.core.failure.Failure;
import cortex.core.failure.FailureException;
import io.helidon.http.Headers;

/// Who operates the fleet: whoever shows one of the operators' keys, wherever the request comes
/// from. An API key is none, and being on the gateway's own host is none either, since a proxy, a
/// tunnel or another user is there as well.
public final class AdminAccess {
    private final ApiKeys api;
    private final ApiKeys operators;
    private final String where;

    /// Knows both kinds of keys. `inFile`: the operators' key is in the file that the gateway
    /// wrote.
    public AdminAccess(ApiKeys api, ApiKeys operators, boolean inFile) {
        this.api = api;
        this.operators = operators;
        this.where =
                inFile
                        ? " The gateway's log names the file that holds it; the cortex command"
                                + " finds it when it is run by the gateway's user on its host."
                        : " It is one of admin_keys in [gateway].";
    }

    /// Whether the request shows an operator's key.
    public boolean knows(Headers headers) {
        return operators.knows(headers);
    }

    /// Lets an operator pass; the short name of the key.
    ///
    /// @throws FailureException with a {@link Failure.Unauthorized} or a {@link Failure.Forbidden}
    public String check(Headers headers) {
        String owner = operators.owner(headers);
        if (owner != null) {
            return owner;
        }
        throw new FailureException(
                api.knows(headers)
                        ? new Failure.Forbidden(
                                "This is for operators and takes an admin key; an API key does"
                                        + " not do."
                                        + where)
                        : new Failure.Unauthorized(
                                ApiKeys.shown(headers)
                                        ? "This key is not an admin key." + where
                                        : "An admin key is needed: send it as 'Authorization:"
                                                + " Bearer KEY' or as 'x-api-key: KEY'."
                                                + where));
    }
}
