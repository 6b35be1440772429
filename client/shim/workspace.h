/* Which repository git would find from here: decided as git does, mostly without asking it. */
#ifndef GITISO_WORKSPACE_H
#define GITISO_WORKSPACE_H

#include <limits.h>
#include <stdbool.h>

#include "command-line.h"

enum place {
  PLACE_ELSEWHERE, /* Not the daemon's business. */
  PLACE_WORKSPACE,
  PLACE_BESIDE, /* It has the workspace's branches: a linked work tree, or the git directory itself. */
};

/* False at once in a container that has no gitiso, so that the shim can be part of any image. */
bool has_gitiso(void);

/* What a repository at a path is; where git would take a remote's path for none, elsewhere. */
enum place place_of_repository(const char *path);

/*
 * Asks for the folder the process is in (after -C). In the workspace `prefix` is that folder relative to the top of
 * the work tree, with a slash at its end, or empty.
 */
enum place find_place(const struct command_line *line, char prefix[PATH_MAX]);

#endif
