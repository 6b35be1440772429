/* Which way a git command takes, by the table alone: no file is looked at. */
#ifndef GITISO_WAY_H
#define GITISO_WAY_H

#include "table.h"

/* `arguments` is the subcommand and its arguments, ended by NULL. WAY_UNKNOWN: an alias, an external, a typo. */
enum way way_of(char *const *arguments);

/* The daemon's method that serves a way. */
const char *way_method(enum way way);

#endif
