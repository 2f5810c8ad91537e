package cortex.gateway.fleet;

import cortex.core.catalogue.ModelProfile;
import cortex.gateway.fleet.machine.Effect;
import cortex.gateway.fleet.machine.FleetEvent;
import cortex.gateway.fleet.view.KnownModel;
import cortex.gateway.fleet.view.Plan;

/// The fleet as requests, operators and pages see it. Safe for use by many threads.
public interface FleetPort extends AutoCloseable {
    /// Asks for a replica of a model. Never blocks: the answer is awaited on the ticket, which must
    /// be closed.
    Ticket request(ModelProfile model, FleetEvent.Caller caller);

    /// The fleet as it is now. Never blocks.
    FleetSnapshot snapshot();

    /// What the engine of a model's last replica reported, also when it is gone. Never blocks.
    KnownModel known(String model);

    /// Whether no node can ever hold the model of this id.
    boolean neverHolds(String model);

    /// Begins what an operator wants, and returns what that changes once the wish is kept for the
    /// next run: the snapshot shows how far it is.
    Effect.Outcome operate(FleetEvent.Wish wish);

    /// What would be done for a request made now that belongs to no conversation.
    Plan plan(ModelProfile model);

    /// What the engine of a model printed last on a node, asked of its neuron.
    ///
    /// @throws cortex.core.failure.FailureException when the node does not answer, or no engine of
    ///   that model ran there
    String log(String model, String node);

    /// Refuses all that waits and stops. What is loaded stays loaded; open leases may still be
    /// closed.
    @Override
    void close();
}
