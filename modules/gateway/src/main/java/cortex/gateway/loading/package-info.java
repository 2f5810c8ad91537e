/// Carries out what the fleet chooses: commands to nodes in order, results posted back as events.
/// {@link cortex.gateway.loading.RunningFleet} is the whole of it: the composition root starts it
/// with `RunningFleet.start(config, time)`, asks its `fleet()` for replicas and closes it last. May
/// use fleet and nodes.
///
/// Used by: gateway.
@NullMarked
package cortex.gateway.loading;

import org.jspecify.annotations.NullMarked;
