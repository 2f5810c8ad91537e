/// Carries out what the fleet chooses: commands to nodes in order, results posted back as events.
/// {@link cortex.gateway.loading.RunningFleet} is the whole of it: the composition root starts it,
/// hands it to all who need the fleet as a {@link cortex.gateway.fleet.FleetPort}, and closes it
/// last.
///
/// Used by: gateway.
@NullMarked
package cortex.gateway.loading;

import org.jspecify.annotations.NullMarked;
