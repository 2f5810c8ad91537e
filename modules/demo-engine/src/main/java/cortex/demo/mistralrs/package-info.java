/// mistral.rs's HTTP as read in the source of 0.9.2, with the sharp edges of its model lifecycle.
/// Owns which models are loaded.
///
/// Used by: demo.
@NullMarked
package cortex.demo.mistralrs;

import org.jspecify.annotations.NullMarked;
