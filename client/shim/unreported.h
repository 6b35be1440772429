/* Shared refs that were changed past git's hook: found in the agent's view, and proposed to the daemon afterwards. */
#ifndef GITISO_UNREPORTED_H
#define GITISO_UNREPORTED_H

#include <stdbool.h>

#include "shared-refs.h"

struct unreported {
  char *ref;
  char old[OID_HEX + 1], new[OID_HEX + 1]; /* Zeros: there is, or shall be, none. */
};

struct unreported_list {
  struct unreported *items;
  size_t count;
};

/* A plain file in the view, also one that stands for another ref. False: nobody has to hear of it. */
bool note_if_unreported(struct unreported_list *list, const char *ref);

/*
 * Tells the daemon; what it refuses is removed, with a warning that names the object: false. While there is no daemon
 * nothing is done. `argv` is the command line of this process.
 */
bool report_unreported(struct unreported_list *list, char *const *argv);
void unreported_free(struct unreported_list *list);

#endif
