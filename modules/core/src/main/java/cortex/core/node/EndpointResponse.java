package cortex.core.node;

/// `GET /models/{id}/endpoint`: the base URL under which `/v1/…` of the engine is reached (no slash
/// at its end), and the name the engine answers to.
public record EndpointResponse(String url, String engineModel, String replica) {}
