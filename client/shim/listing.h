/* What is in one folder, in no order, with a table to find names by: there may be very many. */
#ifndef GITISO_LISTING_H
#define GITISO_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINK, ENTRY_OTHER };

struct entry {
  const char *name;
  enum entry_kind kind;
  bool is_seen; /* The caller's. */
};

struct listing {
  struct entry *entries;
  size_t count;
  uint32_t *slots; /* Index + 1 in `entries`; a power of two of them. */
  size_t slot_count;
  struct bytes text;
};

/* `folder` is an open folder. What cannot be read is not there. To be freed in any case. */
void list_folder(struct listing *listing, int folder);
void listing_free(struct listing *listing);

/* NULL: there is no such name. */
struct entry *listing_find(const struct listing *listing, const char *name);

#endif
