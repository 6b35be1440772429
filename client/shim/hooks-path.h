/*
 * core.hooksPath: where the agent has chosen another folder for its hooks, git would not find the shim's. Then git is
 * given a folder that stands for it: the shim under the name of each of its hooks, and as reference-transaction.
 */
#ifndef GITISO_HOOKS_PATH_H
#define GITISO_HOOKS_PATH_H

#include "command-line.h"
#include "workspace.h"

/*
 * Adds to a line that may write refs what makes git find the hook. In the folder of the line. Returns whether nothing had to
 * be added.
 */
bool keep_our_hook(struct command_line *line, enum place place, const char *git);

#endif
