/* Which way a git command takes, by the table alone: no file is looked at. */
#ifndef GITISO_WAY_H
#define GITISO_WAY_H

#include "table.h"

/* `arguments` is the subcommand and its arguments, ended by NULL. WAY_UNKNOWN: an alias, an external, a typo. */
enum way way_of(char *const *arguments);

/* Whether it may write a ref without git's hook saying so. */
bool is_unhooked(char *const *arguments);

/* Whether it moves no ref, though git tells its hook so. */
bool is_hookless(char *const *arguments);

/* Whether it makes many commits on a detached HEAD before it moves the branch. */
bool is_replaying(char *const *arguments);

/* Whether it changes the work tree for a branch that the daemon may refuse to move in the end. */
bool asks_first(char *const *arguments);

/* Whether it writes no refs of the repository it is called in. */
bool is_elsewhere(char *const *arguments);

#endif
