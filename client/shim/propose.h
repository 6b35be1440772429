/* Asks the daemon to move shared refs (`transaction.propose` of docs/protocol.md). */
#ifndef GITISO_PROPOSE_H
#define GITISO_PROPOSE_H

#include "bytes.h"

enum verdict { VERDICT_ACCEPTED, VERDICT_REFUSED, VERDICT_UNREACHABLE, VERDICT_UNKNOWN };

/* Adds one to the list `updates`. The ids are hexadecimal. */
void add_update(struct bytes *updates, const char *ref, size_t ref_length, const char *old, const char *new);

/*
 * All of them or none; a refusal was printed. `argv` is the command line behind it, `origin` "hook", "view", or "undo" with
 * the key of what was accepted.
 * Nothing is said when there is no daemon (VERDICT_UNREACHABLE), or when it went away before it answered
 * (VERDICT_UNKNOWN).
 */
enum verdict propose(const struct bytes *updates, char *const *argv, const char *origin, const char *key);

#endif
