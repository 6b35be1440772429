/* Loose objects of the quarantine, as git has written them (gitformat-loose). */
#ifndef GITISO_LOOSE_OBJECT_H
#define GITISO_LOOSE_OBJECT_H

#include <stdbool.h>

#include "bytes.h"

/* The folder of the quarantine, for the others; below 0: there is none. */
int open_quarantine(void);

/* Whether the repository has it, as a file. */
bool is_loose_in_shared(const char *id);

/* Appends the whole file of a regular object that is no link. False: there is none, or it is larger than `room`. */
bool read_loose(int quarantine, const char *id, size_t room, struct bytes *file);

/* Appends `<id> <length>\n` and the file: the form in which the daemon takes them. */
void add_loose(struct bytes *list, const char *id, const struct bytes *file);

#endif
