/// llama-server's HTTP as observed on b10573: routes, bodies, chunks, errors, byte for byte where
/// clients look. Owns nothing but whether the model has loaded.
///
/// Used by: demo.
@NullMarked
package cortex.demo.llama;

import org.jspecify.annotations.NullMarked;
