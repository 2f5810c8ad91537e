/// What the gateway counts and times, and the text a Prometheus scrapes. Owns the meter registry;
/// the only package that names Micrometer. Labels are bounded: models from the catalogue, nodes
/// from the configuration, closed sets for the rest. Called by serve (one call a request) and by
/// the composition root.
@NullMarked
package cortex.gateway.metrics;

import org.jspecify.annotations.NullMarked;
