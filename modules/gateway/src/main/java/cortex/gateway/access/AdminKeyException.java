package cortex.gateway.access;

/// The file that is to hold the operators' key cannot be used; the message says why.
public final class AdminKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AdminKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
