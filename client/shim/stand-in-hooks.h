/* The folder that git is given in the place of the one that core.hooksPath names. */
#ifndef GITISO_STAND_IN_HOOKS_H
#define GITISO_STAND_IN_HOOKS_H

#include <stdbool.h>

#include "bytes.h"
#include "command-line.h"
#include "workspace.h"

/* Brings it up to date and adds its path with a NUL. False: it cannot be made. */
bool add_stand_in(struct bytes *path, const struct command_line *line, enum place place, const char *git,
                  const char *chosen);

#endif
