/* The daemon's last word on a request (`OutcomeSchema` in shared/invocation.ts), or its error. */
#ifndef GITISO_OUTCOME_H
#define GITISO_OUTCOME_H

#include "json.h"

/*
 * Of a JSON-RPC response: writes the files and prints. Returns the value of `result`, 0 for an error, of which
 * `message` and `hint` (or NULL) are set for people; what makes no sense is an error too.
 */
size_t obey_outcome(struct json *json, int *exit_code, const char **message, const char **hint);

#endif
