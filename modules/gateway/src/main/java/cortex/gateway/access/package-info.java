/// Who may do what: the keys of clients and of operators, the file that holds the operators' key
/// where none is configured, and whose word about a client's address counts.
///
/// Knows headers and addresses, nothing of requests.
///
/// Used by: cli, cli.terminal, gateway, gateway.config, gateway.http.
@NullMarked
package cortex.gateway.access;

import org.jspecify.annotations.NullMarked;
