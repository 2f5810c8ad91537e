package cortex.demo.work;

import cortex.core.time.Time;
import cortex.demo.http.ClientLeftException;
import cortex.demo.script.Fault;
import cortex.demo.script.Piece;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Does the make-believe work: waits for a slot, generates the script's pieces in their time,
/// notices the client's leaving, and lets the script's fault happen.
public final class Generator {
    /// How often a wait looks whether it is to stop.
    private static final Duration STEP = Duration.ofMillis(200);

    private final Slots slots;
    private final double speed;
    private final Time time;
    private final Runnable crash;

    /// A generator over `slots` of `speed` tokens a second; `crash` ends the process and does not
    /// return.
    public Generator(Slots slots, double speed, Time time, Runnable crash) {
        this.slots = slots;
        this.speed = speed;
        this.time = time;
        this.crash = crash;
    }

    /// Runs `job` to its end. `stopped` is asked before every token: true drops the sequence where
    /// it is, as an engine does whose model is being taken away.
    ///
    /// @throws FaultException for the script's fault, or when dropped
    /// @throws IOException when the answer cannot be written
    public Timings generate(Job job, Output output, BooleanSupplier stopped)
            throws IOException, InterruptedException, FaultException {
        try (Slots.Grant grant = slots.take(job.prompt(), job.promptTokens(), job.client())) {
            return new Run(job, output, stopped, grant).go();
        }
    }

    /// One generation under way.
    private final class Run {
        private final Job job;
        private final Output output;
        private final BooleanSupplier stopped;
        private final Slots.Grant grant;
        private final StringBuilder text = new StringBuilder();
        private long readNanos;
        private long generatingSince;
        private int generated;

        Run(Job job, Output output, BooleanSupplier stopped, Slots.Grant grant) {
            this.job = job;
            this.output = output;
            this.stopped = stopped;
            this.grant = grant;
        }

        Timings go() throws IOException, InterruptedException, FaultException {
            try {
                if (job.script().fault().kind() == Fault.Kind.DIE) {
                    // Once an answer has begun, its beginning may get out before the reset or not.
                    fail();
                }
                long begin = time.nanos();
                output.begin(timings());
                generatingSince = time.nanos();
                readNanos = generatingSince - begin;
                Double own = job.script().speed();
                double pace = own == null ? speed : own;
                long gap = pace > 0 ? Math.round(1e9 / pace) : 0;
                for (Piece piece : job.script().pieces()) {
                    fail();
                    holdUntil(generatingSince + generated * gap);
                    generated++;
                    output.piece(piece, timings());
                    text.append(piece.written());
                }
                fail();
                return timings();
            } finally {
                grant.holds(job.prompt() + text);
            }
        }

        private Timings timings() {
            int unread = job.promptTokens() - grant.cached();
            long spent = generated == 0 ? 0 : time.nanos() - generatingSince;
            return new Timings(grant.cached(), unread, readNanos, generated, spent);
        }

        private void fail() throws FaultException {
            Fault fault = job.script().fault();
            if (fault.after() != generated) {
                return;
            }
            switch (fault.kind()) {
                case CRASH -> crash.run();
                case DIE -> throw new FaultException(fault.kind(), "connection cut");
                case ERROR -> throw new FaultException(fault.kind(), "the script failed here");
                case NONE, DROPPED -> {}
            }
        }

        /// Waits until `deadline`; returns at once when it has passed.
        private void holdUntil(long deadline) throws InterruptedException, FaultException {
            while (true) {
                if (stopped.getAsBoolean()) {
                    throw new FaultException(Fault.Kind.DROPPED, "the model was unloaded");
                }
                if (job.client().gone()) {
                    throw new ClientLeftException();
                }
                long left = deadline - time.nanos();
                if (left <= 0) {
                    return;
                }
                job.client().awaitGone(Duration.ofNanos(Math.min(left, STEP.toNanos())));
            }
        }
    }
}
