/* A forwarded command: the conversation with the daemon from opening to outcome. */
#ifndef GITISO_FORWARD_H
#define GITISO_FORWARD_H

#include "command-line.h"
#include "way.h"

/* Ends the process with the outcome. `git` is the real git; the process is in the folder of the line. */
_Noreturn void forward(const struct command_line *line, enum way way, const char *git, const char *prefix);

#endif
