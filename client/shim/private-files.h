/* The shim's own files, in `gitiso/` of the agent's git directory. The agent may do with them what it likes. */
#ifndef GITISO_PRIVATE_FILES_H
#define GITISO_PRIVATE_FILES_H

#include <stdbool.h>

#include "bytes.h"

/* No path of a ref is longer. */
enum { PATH_LIMIT = 4000 };

/* The whole file, ended by a NUL that is not counted. False: it is not there, no plain file, or too big. */
bool private_read(const char *name, size_t limit, struct bytes *text);

/* Replaces the file at once. Failing is not noticed: nothing depends on these files. */
void private_write(const char *name, const struct bytes *text);

/* Returns whether it was there. */
bool private_remove(const char *name);

/* Puts a file at a path at once, whatever was there (unless it is a folder). */
bool place_file(const struct bytes *text, const char *path);

/* Puts a symbolic link at a path at once, whatever was there (unless it is a folder). */
bool place_link(const char *target, const char *path);

#endif
