/* Questions to the real git in the surroundings of the command line: same folder, same options. */
#ifndef GITISO_ASK_GIT_H
#define GITISO_ASK_GIT_H

#include <stdbool.h>

#include "bytes.h"
#include "command-line.h"

/* "git", the options of the line without -C, `arguments`, `last` unless it is NULL, NULL. To be freed. */
char **git_argv(const struct command_line *line, const char *const *arguments, const char *last);

/* Runs it; `answer` is its standard output ended by a NUL. False: it failed. */
bool ask_git(const struct command_line *line, const char *git, const char *const *arguments, struct bytes *answer);

#endif
