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

    /// Knows both kinds of keys. `inFile`: the admin key is in the file that the gateway wrote.
    public AdminAccess(ApiKeys api, ApiKeys operators, boolean inFile) {
        this.api = api;
        this.operators = operators;
        this.where =
                inFile
                        ? " The gateway's log names its file. The cortex command finds it if the"
                                + " gateway's user runs it on the gateway's host."
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
                                "This needs the admin key; an API key does not work here." + where)
                        : new Failure.Unauthorized(
                                ApiKeys.shown(headers)
                                        ? "Wrong admin key." + where
                                        : "Admin key required. Send it as 'Authorization: Bearer"
                                                + " KEY' or 'x-api-key: KEY'."
                                                + where));
    }
}
