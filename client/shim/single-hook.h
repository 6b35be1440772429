/*
 * git calls its hook again when a ref has been moved, and each call is a fork of git. A git that makes one transaction and
 * no other is given a hooks folder of its own, in which the hook takes itself away when the daemon has agreed. What is left
 * to do, a link in the place of git's file, the next comparison of the view does.
 */
#ifndef GITISO_SINGLE_HOOK_H
#define GITISO_SINGLE_HOOK_H

#include <stdbool.h>

#include "command-line.h"

/*
 * For `git branch` with one name, `checkout -b` and `switch -c`, where the project has no hooks that git might run. The
 * shim must become git afterwards: the folder is its as long as the process lives.
 */
void use_single_hook(struct command_line *line);

/* Whether a hooks folder is one of these: a git that was started by such a git inherits it. */
bool is_single_hooks_folder(const char *path);

/* Of the hook at `path`, when the daemon has agreed. False: it is none of these, or its git is not the one that has the folder. */
bool drop_single_hook(const char *path);

/* Takes out of a command line what use_single_hook put there. */
void forget_single_hook(char **argv);

#endif
