package cortex.core.node;

/// What became of the device memory of engines that ended since the neuron started: `verified` came
/// back, `leaked` did not, `unknown` could not be measured; `escalated` counts those among them
/// that needed more than a stop. `leakedMb` is the sum in MiB of what did not come back in time.
/// Models on the CPU are not counted.
public record UnloadCounts(
        long verified, long leaked, long unknown, long escalated, long leakedMb) {}
