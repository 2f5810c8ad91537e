/// What the gateway counts and times, and the text a Prometheus scrapes. Owns the meter registry;
/// the only package that names Micrometer. Labels are bounded: models from the catalogue, nodes
/// from the configuration, closed sets for the rest.
///
/// Used by: gateway, gateway.serve, gateway.timeline.
@NullMarked
package cortex.gateway.metrics;

import org.jspecify.annotations.NullMarked;
