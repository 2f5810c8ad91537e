/// `cortex verify`: asks a live model everything that clients rely on, in every dialect, and says
/// for each point whether it held. Owns one run's requests and findings.
///
/// Used by: cli.
@NullMarked
package cortex.cli.verify;

import org.jspecify.annotations.NullMarked;
