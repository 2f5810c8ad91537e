package cortex.demo.work;

import cortex.core.time.Time;
import cortex.demo.http.ClientLeftException;
import cortex.demo.script.Fault;
import cortex.demo.script.Piece;
import cortex.demo.script.Script;
import cortex.demo.work.Stats.Count;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Does the make-believe work: waits for a slot, reads the prompt, generates the script's pieces in
/// their time, pings in between, notices the client's leaving, and lets the script's fault happen.
public final class Generator {
    /// How long llama-server takes to notice that a client which does not stream has left.
    private static final Duration UNNOTICED = Duration.ofSeconds(1);

    private final Slots slots;
    private final Pace pace;
    private final Stats stats;
    private final Time time;
    private final Runnable crash;

    /// A generator over `slots`; `crash` ends the process and does not return.
    public Generator(Slots slots, Pace pace, Stats stats, Time time, Runnable crash) {
        this.slots = slots;
        this.pace = pace;
        this.stats = stats;
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
        stats.count(Count.REQUESTS);
        try (Slots.Grant grant = slots.take(job.prompt(), job.promptTokens(), job.client())) {
            Timings timings = new Run(job, output, stopped, grant).go();
            stats.count(Count.COMPLETED);
            return timings;
        } catch (ClientLeftException | IOException e) {
            stats.count(Count.CANCELLED);
            throw e;
        } catch (FaultException e) {
            stats.count(Count.FAILED);
            throw e;
        }
    }

    /// One generation under way.
    private final class Run {
        private final Job job;
        private final Output output;
        private final BooleanSupplier stopped;
        private final Slots.Grant grant;
        private final StringBuilder text = new StringBuilder();
        private long lastSent;
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
                Script script = job.script();
                if (script.fault().kind() == Fault.Kind.DIE) {
                    // Once an answer has begun, its beginning may get out before the reset or not.
                    fail(script.fault());
                }
                read();
                double speed = script.speed() == null ? pace.speed() : script.speed();
                long gap = speed > 0 ? Math.round(1e9 / speed) : 0;
                for (Piece piece : script.pieces()) {
                    fail(script.fault());
                    holdUntil(generatingSince + generated * gap);
                    grant.generated(++generated);
                    stats.count(Count.TOKENS);
                    output.piece(piece, timings());
                    text.append(text(piece));
                    lastSent = time.nanos();
                }
                fail(script.fault());
                return timings();
            } finally {
                grant.holds(job.prompt() + text);
                stats.ended(timings());
            }
        }

        private void read() throws IOException, InterruptedException, FaultException {
            int unread = job.promptTokens() - grant.cached();
            stats.add(Count.PROMPT_TOKENS, unread);
            stats.add(Count.CACHED_TOKENS, grant.cached());
            long begin = time.nanos();
            lastSent = begin;
            generatingSince = begin;
            output.begin(timings());
            long reading = pace.prefill() > 0 ? Math.round(unread / pace.prefill() * 1e9) : 0;
            holdUntil(begin + reading + job.script().silence().toNanos());
            generatingSince = time.nanos();
            readNanos = generatingSince - begin;
        }

        private Timings timings() {
            int unread = job.promptTokens() - grant.cached();
            long spent = generated == 0 ? 0 : time.nanos() - generatingSince;
            return new Timings(grant.cached(), unread, readNanos, generated, spent);
        }

        private void fail(Fault fault) throws IOException, InterruptedException, FaultException {
            if (fault.kind() == Fault.Kind.NONE || fault.after() != generated) {
                return;
            }
            switch (fault.kind()) {
                case CRASH -> crash.run();
                case STALL -> stall(fault.pause());
                case DIE -> throw new FaultException(fault.kind(), "connection cut");
                case ERROR -> throw new FaultException(fault.kind(), "the script failed here");
                case NONE, DROPPED -> {}
            }
        }

        private void stall(Duration pause)
                throws IOException, InterruptedException, FaultException {
            long begin = time.nanos();
            holdUntil(begin + pause.toNanos());
            generatingSince += time.nanos() - begin;
        }

        /// Waits until `deadline`, pinging; returns at once when it has passed.
        private void holdUntil(long deadline)
                throws IOException, InterruptedException, FaultException {
            while (true) {
                if (stopped.getAsBoolean()) {
                    throw new FaultException(Fault.Kind.DROPPED, "the model was unloaded");
                }
                leaveWithClient();
                long now = time.nanos();
                long left = deadline - now;
                if (left <= 0) {
                    return;
                }
                long untilPing = lastSent + pace.ping().toNanos() - now;
                if (pace.ping().isPositive() && untilPing <= 0) {
                    output.ping();
                    lastSent = now;
                    continue;
                }
                long step = Math.min(left, Duration.ofMillis(200).toNanos());
                if (pace.ping().isPositive()) {
                    step = Math.min(step, untilPing);
                }
                pause(Duration.ofNanos(step));
            }
        }

        private void pause(Duration step) throws InterruptedException {
            if (job.client().gone()) {
                time.sleep(step);
            } else if (!job.client().awaitGone(step)) {
                return;
            }
            leaveWithClient();
        }

        private void leaveWithClient() {
            if (!job.client().gone() || job.runsOn()) {
                return;
            }
            Duration unnoticed = job.stream() ? Duration.ZERO : UNNOTICED;
            if (job.client().goneFor().compareTo(unnoticed) >= 0) {
                throw new ClientLeftException();
            }
        }

        private static String text(Piece piece) {
            return switch (piece) {
                case Piece.Text(String part) -> part;
                case Piece.Thought(String part) -> part;
                case Piece.CallStart start -> start.name() + start.arguments();
                case Piece.CallMore more -> more.arguments();
            };
        }
    }
}
