/* The ref moves of one proposal: as the daemon reads them, and the ids that refs would get. */
#ifndef GITISO_UPDATES_H
#define GITISO_UPDATES_H

#include "bytes.h"

/* All zero is an empty one. */
struct updates {
  struct bytes text; /* JSON, without the brackets of the list. */
  struct bytes ids;  /* New values that are objects, one after the other without an end. */
};

/* Adds one. The ids are hexadecimal. */
void add_update(struct updates *updates, const char *ref, size_t ref_length, const char *old, const char *new);
void updates_free(struct updates *updates);

#endif
