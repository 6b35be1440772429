/* Asks the daemon to move shared refs (`transaction.propose` of docs/protocol.md). */
#ifndef GITISO_PROPOSE_H
#define GITISO_PROPOSE_H

#include "updates.h"

enum verdict { VERDICT_ACCEPTED, VERDICT_REFUSED, VERDICT_UNREACHABLE, VERDICT_UNKNOWN };

/*
 * All of them or none; a refusal was printed. `argv` is the command line behind it, `origin` "hook", "view", or "undo" with
 * the key of what was accepted. New objects go with it where they are few.
 * Nothing is said when there is no daemon (VERDICT_UNREACHABLE), or when it went away before it answered
 * (VERDICT_UNKNOWN).
 */
enum verdict propose(const struct updates *updates, char *const *argv, const char *origin, const char *key);

#endif
