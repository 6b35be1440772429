/* What the daemon carries out: the conversation from opening to outcome. */
#ifndef GITISO_FORWARD_H
#define GITISO_FORWARD_H

#include "command-line.h"

/* Ends the process with the outcome. `git` is the real git; the process is in the folder of the line. */
_Noreturn void forward_commit(const struct command_line *line, const char *git, const char *prefix);

/* The same for a `git branch` that makes or deletes one branch; returns when it is one that needs git. */
void forward_branch(const struct command_line *line, const char *git, const char *prefix);

#endif
