/* Whether git would find the managed workspace from here: decided as git does, mostly without asking it. */
#ifndef GITISO_WORKSPACE_H
#define GITISO_WORKSPACE_H

#include <limits.h>
#include <stdbool.h>

#include "command-line.h"

/* False at once in a container that has no gitiso, so that the shim can be part of any image. */
bool has_gitiso(void);

/*
 * Asks for the folder the process is in (after -C). On success `prefix` is that folder relative to the top of
 * the work tree, with a slash at its end, or empty.
 */
bool in_workspace(const struct command_line *line, char prefix[PATH_MAX]);

#endif
