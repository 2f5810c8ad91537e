package cortex.neuron.replica;

import cortex.core.node.ModelInfo;
import cortex.core.node.ModelStatus;
import cortex.neuron.process.Poll;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/// A neuron's replicas in a process of its own, to be killed: loads `kept` and `slow` and says
/// which replicas they are.
final class HostProgram {
    private HostProgram() {}

    public static void main(String[] args) throws Exception {
        Fixture fixture = new Fixture(Path.of(args[0]));
        ReplicaHost host = fixture.start();
        host.load(Fixture.request("kept"));
        ModelInfo kept = Fixture.await(host, "kept", ModelStatus.LOADED);
        host.load(Fixture.request("slow", "--fake-load", "6000"));
        ModelInfo slow = Fixture.await(host, "slow", ModelStatus.LOADING);
        Poll.until("both run", () -> fixture.started().size() == 2);
        System.out.println("replicas " + kept.replica() + " " + slow.replica());
        new CountDownLatch(1).await();
    }
}
