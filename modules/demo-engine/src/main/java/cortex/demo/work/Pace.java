package cortex.demo.work;

import java.time.Duration;

/// How fast the engine works: tokens a second generated and read, 0 for as fast as possible, and
/// how long a stream may be silent before a keep-alive comment goes out.
public record Pace(double speed, double prefill, Duration ping) {}
