/// What an answer costs on its way to the client, chunk by chunk, passed through and translated,
/// and what a long request costs before an engine gets it. No network. Run by JMH from the class
/// path; the requests are also sent by dist/bench. docs/PERFORMANCE.md has the goals.
@NullMarked
package cortex.bench.dialect;

import org.jspecify.annotations.NullMarked;
