/*
 * A push from one repository of the container into another: what receives it in the workspace is the shim's, as git
 * hands no configuration of the pusher's on to it, and `core.hooksPath` could hide the hook that asks the daemon.
 */
#ifndef GITISO_ROUTE_PUSH_H
#define GITISO_ROUTE_PUSH_H

#include "command-line.h"

/*
 * For `push` and `send-pack`: by the repository that is named, and by the remotes that are configured. `command` is the
 * subcommand with its arguments, aliases resolved.
 */
void route_push(struct command_line *line, char *const *command, const char *git);

/* Of `receive-pack`: goes to the git directory it is told, as git does. */
void enter_receiving(char *const *command);

#endif
