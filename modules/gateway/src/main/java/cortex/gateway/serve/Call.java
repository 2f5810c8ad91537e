package cortex.gateway.serve;

import cortex.gateway.http.Endpoint;
import cortex.gateway.http.RequestScope;
import cortex.gateway.serve.active.Cancellation;
import cortex.gateway.timeline.RequestTimeline;

/// One request being served: what came, when what happened, how it can be ended from outside, and
/// the client's side of it.
record Call(
        RequestScope scope,
        Endpoint endpoint,
        RequestTimeline timeline,
        Cancellation cancellation,
        Reply reply) {}
