/*
 * Which remotes of a command line git must reach through its helper: those in /gitiso/etc/remotes, by their URL, in any
 * repository of the container. Every other remote stays git's own affair.
 */
#ifndef GITISO_ROUTE_REMOTE_H
#define GITISO_ROUTE_REMOTE_H

#include "command-line.h"

/* Adds the configuration that routes them. `git` is the real git; the process is in the folder of the line. */
void route_remote(struct command_line *line, const char *git);

/*
 * For commands that reach no remote themselves: hooks and programs of the project may, and git shows them its own
 * programs before the shim. Costs no question to git; remotes then show as `gitiso::<URL>`.
 */
void route_in_hooks(struct command_line *line);

#endif
