/* One ref at a time on both sides: in the shared repository, and in the agent's view of it. */
#ifndef GITISO_SHARED_REFS_H
#define GITISO_SHARED_REFS_H

#include <stdbool.h>
#include <time.h>

#include "packed-refs.h"

struct ref_value {
  char id[OID_HEX + 1];
  struct timespec changed;
};

/* The id that a loose ref holds. False: there is no such plain file, or it holds something else. */
bool read_loose_ref(int folder, const char *path, struct ref_value *value);

/* Whether the shared repository has the ref, loose or packed, now. */
bool is_ref_shared(const char *ref);
/* The same, where what can not be read counts as there. */
bool may_be_shared(const char *ref);
/* Its value. */
bool read_shared_ref(const char *ref, struct ref_value *value);

/* Whether the agent's side has it, loose or packed. */
bool is_ref_own(const char *ref);

/* Whether some git is changing the agent's side of it. */
bool is_ref_locked(const char *ref);

/* Whether the agent's side stands for another ref: that is its own affair. */
bool is_symbolic_ref(const char *ref);

/* The agent's side of a shared ref becomes a link again, unless it is locked. False: there is no loose one to link to. */
bool link_shared_ref(const char *ref);
/* Removes the agent's side; what the shared repository has shows through. */
void drop_own_ref(const char *ref);

#endif
