package cortex.neuron;

import cortex.core.time.Time;
import cortex.neuron.config.NeuronConfig;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.OnStop;
import cortex.neuron.process.ProcessIdentity;
import cortex.neuron.process.ProcessLauncher;
import cortex.neuron.process.Processes;
import cortex.neuron.process.RunningNeuron;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `neuron stop`: asks the neuron that uses a state directory to stop, and waits for its end. With
/// no neuron there, ends the engines that an earlier one kept.
final class StopCommand {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final NeuronConfig config;
    private final Duration longest;
    private final Time time;

    /// Of the neuron with that configuration, whose stop takes so long at most.
    StopCommand(NeuronConfig config, Duration longest, Time time) {
        this.config = config;
        this.longest = longest;
        this.time = time;
    }

    /// What came of it, and whether that was what was wanted.
    record Result(boolean done, String text) {}

    /// Stops it. `what` is to become of the engines; null leaves that to its configuration.
    ///
    /// @throws IOException when the state directory cannot be used
    Result run(@Nullable OnStop what) throws IOException, InterruptedException {
        RunningNeuron running = RunningNeuron.in(config.stateDir());
        ProcessIdentity process = running.process();
        if (process == null) {
            return what == OnStop.UNLOAD ? endKept() : nobody();
        }
        if (what != null) {
            running.ask(what);
        }
        ProcessHandle handle = ProcessHandle.of(process.pid()).orElse(null);
        if (handle != null && process.alive() && !handle.destroy()) {
            return new Result(false, "this user may not stop it (pid " + process.pid() + ").");
        }
        long until = time.nanos() + longest.toNanos();
        while (process.alive()) {
            if (time.nanos() - until > 0) {
                return new Result(
                        false,
                        "pid "
                                + process.pid()
                                + " is still there after "
                                + longest.toSeconds()
                                + " s.");
            }
            time.sleep(LOOK);
        }
        return new Result(true, "stopped (pid " + process.pid() + ").");
    }

    private Result nobody() {
        return new Result(
                false,
                "no neuron uses the state directory "
                        + config.stateDir()
                        + ". Name its configuration with --config.");
    }

    private Result endKept() throws IOException, InterruptedException {
        int ended = 0;
        try (Processes processes =
                Processes.open(
                        config.stateDir(),
                        config.limits().logBytes(),
                        ProcessLauncher.system(List.of()),
                        time)) {
            for (Adoption.Saved saved : processes.adoption().saved()) {
                if (!processes.adoption().reap(saved)) {
                    return new Result(false, "replica " + saved.replica() + " would not end.");
                }
                ended++;
            }
        }
        return ended == 0
                ? nobody()
                : new Result(
                        true,
                        "no neuron runs; ended "
                                + (ended == 1 ? "the engine" : "the " + ended + " engines")
                                + " that it had kept.");
    }
}
