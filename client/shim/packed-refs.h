/* git's file packed-refs: one line for each ref, sorted by name, with the commit of a tag on the line below it. */
#ifndef GITISO_PACKED_REFS_H
#define GITISO_PACKED_REFS_H

#include <stdbool.h>

#include "bytes.h"

enum { OID_HEX = 40 };

struct packed_ref {
  const char *line; /* Begins with the object's id. */
  size_t length;    /* To the end of the line, or of the one below that belongs to it. */
  const char *name; /* Not ended by a NUL. */
  size_t name_length;
};

struct packed_refs {
  struct bytes text;
  struct packed_ref *refs;
  size_t count;
  bool is_peeled; /* A tag without a line below it is known to be none. */
};

/* Lines that are none are left out. A file that cannot be read is empty. To be freed in any case. */
void packed_refs_read(struct packed_refs *packed, const char *path);
void packed_refs_free(struct packed_refs *packed);

/* NULL: it is not there. */
const struct packed_ref *packed_refs_find(const struct packed_refs *packed, const char *name);

/* One ref of a file, without reading all of it when git says that it is sorted. False: it is not there. */
bool packed_refs_look_up(const char *path, const char *name, char id[OID_HEX + 1]);

/* Whether other agents see the ref: refs/heads/ and refs/tags/. */
bool is_shared_ref(const char *name, size_t length);

/*
 * The file of the view: shared refs of `shared`, all others of `view`. With `import` also the refs/remotes/ of
 * `shared` that `view` does not have.
 */
void packed_refs_merge(struct bytes *merged, struct packed_refs *shared, struct packed_refs *view, bool import);

#endif
