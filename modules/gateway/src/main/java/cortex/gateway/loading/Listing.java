package cortex.gateway.loading;

import cortex.core.node.ModelInfo;
import cortex.gateway.nodes.NeuronClient;
import cortex.gateway.nodes.NeuronException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What one neuron lists, for all that watch a load there: they ask one at a time, and whoever had
/// to wait for an answer that was asked for after he came takes it for his own. So however many
/// loads a neuron says it has, it is asked no faster than it answers. Safe for use by many threads.
final class Listing {
    private final Semaphore turn = new Semaphore(1, true);
    private final AtomicLong asked = new AtomicLong();
    private final NeuronClient neuron;
    private volatile @Nullable Answer last;

    private record Answer(long number, List<ModelInfo> models, @Nullable NeuronException problem) {}

    Listing(NeuronClient neuron) {
        this.neuron = neuron;
    }

    /// What the neuron lists now, no older than this call.
    List<ModelInfo> models() throws NeuronException, InterruptedException {
        long before = asked.get();
        turn.acquire();
        try {
            Answer answer = last;
            if (answer == null || answer.number <= before) {
                answer = ask();
                last = answer;
            }
            if (answer.problem != null) {
                throw answer.problem;
            }
            return answer.models;
        } finally {
            turn.release();
        }
    }

    private Answer ask() throws InterruptedException {
        long number = asked.incrementAndGet();
        try {
            return new Answer(number, neuron.models(), null);
        } catch (NeuronException e) {
            return new Answer(number, List.of(), e);
        }
    }
}
