package cortex.neuron.harness;

import cortex.core.engine.EngineTraits;
import cortex.core.files.ModelFiles;
import cortex.core.node.LoadRequest;
import cortex.neuron.harness.policy.LoadPolicy;
import cortex.neuron.process.Adoption;
import cortex.neuron.process.ProcessIdentity;
import cortex.neuron.process.Readiness;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The adapter of one kind of engine: starts a model in it. Safe for use by many threads; holds no
/// replica's state.
public interface Harness {
    /// The name that configuration and catalogue use, such as `llamacpp`.
    String name();

    /// Null when a load may be tried now, else what is missing, in one sentence. Never waits.
    @Nullable String unavailable();

    /// When its ready engines are taken for frozen; null when it sees by itself whether they are
    /// there.
    default @Nullable Limits limits() {
        return null;
    }

    /// Whether clients are sent to the engine's own URL instead of the relay door.
    boolean direct();

    /// The load as it will be carried out: checked for what this host allows, with the files that
    /// it names found. Looks at those files.
    ///
    /// @throws cortex.core.failure.FailureException when it is refused; trying again is no use then
    default LoadRequest admit(LoadRequest request) {
        LoadPolicy.checkShape(request);
        return request;
    }

    /// What there is of the files that a load would name. May read the disk; no such file makes it
    /// fail.
    default ModelFiles files(LoadRequest request) {
        return ModelFiles.unknown(request.modelId());
    }

    /// Starts bringing the model up and returns without waiting for it.
    ///
    /// @throws IOException when the engine cannot even be started; nothing is left behind then
    Engine start(Launch launch) throws IOException;

    /// Takes over an engine that an earlier life of this program started and that still runs; null
    /// when this harness cannot, and the engine is of no use then.
    default @Nullable Engine adopt(Adoption.Saved saved, ProcessIdentity running) {
        return null;
    }

    /// Reports, from now on and perhaps again and again, each model that an engine of somebody else
    /// has loaded. A harness whose engines are its own has nothing to report.
    default void watch(Finder finder) {}

    /// Ends what {@link #watch} started.
    default void unwatch() {}

    /// Whether its models share one process that lives on when they go.
    default boolean shared() {
        return false;
    }

    /// How often the shared process was started or stopped, as far as this program saw.
    default int starts() {
        return 0;
    }

    /// Whether {@link #restart} can do anything.
    default boolean restartable() {
        return true;
    }

    /// Restarts the shared process. Where each model has a process of its own it ends what is left
    /// of `gone`, replicas that ended before. Says what it did, or null when there was nothing to
    /// do.
    ///
    /// @throws EngineFailedException when that failed
    @Nullable String restart(Set<String> gone) throws EngineFailedException, InterruptedException;

    /// Is told of a model that is loaded, and takes it over unless it already has it.
    interface Finder {
        /// `engine` is fresh for each report and holds nothing until it is used.
        void found(LoadRequest request, Engine engine);
    }

    /// One load: `replica` is its id, `binding` the environment variables that let its engine see
    /// the request's devices and no others.
    record Launch(String replica, LoadRequest request, Map<String, String> binding) {
        public Launch {
            binding = Map.copyOf(binding);
        }
    }

    /// What a ready engine says of itself: the name it answers to, how many requests it takes at
    /// once, the tokens one request may have (null is unknown), and what its model can do.
    record Facts(
            String engineModel,
            @Nullable Integer slots,
            @Nullable Integer context,
            EngineTraits traits) {
        /// What an operator wants to know of it, to be put after a word; may be empty.
        public String text() {
            return (slots == null
                            ? ""
                            : ", "
                                    + (slots == 1
                                            ? "1 request at a time"
                                            : slots + " requests at once"))
                    + (context == null ? "" : ", " + context + " tokens for each");
        }
    }

    /// What a ready engine says of itself: whether it answers at all; whether it told what it works
    /// at; and by its own count how much it has worked so far, null while it has nothing to do and
    /// for one that does not count.
    record Life(boolean answers, boolean told, @Nullable Long work) {
        /// One that has nothing to do, or does not count.
        public static final Life IDLE = new Life(true, true, null);

        /// One that answers nothing.
        public static final Life SILENT = new Life(false, false, null);
    }

    /// How long a ready engine may say nothing, and how long it may make no progress with its
    /// requests, before it is taken for frozen.
    record Limits(Duration silence, Duration work) {}

    /// One model brought up, or being brought up, by an engine.
    interface Engine {
        /// The engine's base URL on this host, without a slash at its end.
        URI url();

        /// The key that it asks of everybody; null when it asks for none.
        default @Nullable String key() {
            return null;
        }

        /// The processes that hold the model's memory, from the last look; may be empty.
        Set<Long> pids();

        /// The host's memory that those hold, in MiB; null when that cannot be told.
        default @Nullable Long residentMb() {
            return null;
        }

        /// Whether bringing it up brought up other models too, so that the memory that took is not
        /// its own alone; of use once it is ready.
        default boolean broughtOthers() {
            return false;
        }

        /// How many requests it works at or has waiting, asked of the engine itself, whoever sent
        /// them; null when it is of a kind that does not tell, or is not there any more.
        ///
        /// @throws EngineFailedException when it is there and does not tell in time, though it
        ///   should
        default @Nullable Integer requests() throws EngineFailedException, InterruptedException {
            return null;
        }

        /// Asks a ready engine for a sign of life that disturbs no request. One that is seen by
        /// other means is always well.
        default Life life() throws InterruptedException {
            return Life.IDLE;
        }

        /// Ends it at once, without the time that {@link #stop} gives it: it is frozen.
        ///
        /// @throws EngineFailedException when it would not go
        default void abort() throws EngineFailedException, InterruptedException {
            stop();
        }

        /// How far bringing the model up is; of use until it is ready.
        Readiness.Progress progress();

        /// Waits until the engine's own health says that it serves the model.
        ///
        /// @throws EngineFailedException when it died, refused or made no progress
        Facts awaitReady() throws EngineFailedException, InterruptedException;

        /// Waits until the model is no longer there, for whatever reason, and says how it ended;
        /// null when it was unloaded in order by somebody else.
        @Nullable EngineEnd awaitGone() throws InterruptedException;

        /// Ends it and waits until it is verified gone; does nothing when it already is.
        ///
        /// @throws EngineFailedException when it would not go
        void stop() throws EngineFailedException, InterruptedException;

        /// Does what can be done when the model was stopped and its device memory did not come back
        /// (`known`), or could not be measured. Says what was done, or null when nothing was.
        ///
        /// @throws EngineFailedException when that failed
        default @Nullable String escalate(boolean known)
                throws EngineFailedException, InterruptedException {
            return null;
        }

        /// This program goes down. An engine of its own is stopped as by {@link #stop}; somebody
        /// else's is left as it is.
        ///
        /// @throws EngineFailedException when it would not go
        default void leave() throws EngineFailedException, InterruptedException {
            stop();
        }

        /// This program goes down and the engine goes on: it is somebody else's to look after.
        default void abandon() {}

        /// Gives back what the engine held (its port, its record on disk). Called once, when gone.
        void release();
    }
}
