/* git aliases: what they stand for decides the way, and `!` aliases must find the shim first in PATH. */
#ifndef GITISO_ALIAS_H
#define GITISO_ALIAS_H

#include "command-line.h"
#include "way.h"
#include "workspace.h"

/*
 * Resolves the subcommand of a line that the table does not know, in the workspace or a linked work tree of it, and in
 * the line's folder.
 * Returns the way of what it stands for, with `line` replaced by the expansion (without -C); WAY_UNKNOWN when the
 * real git shall see the line as it was: no alias, an external command, a mistake in an alias.
 * Does not return for a `!` alias it can run itself.
 */
enum way resolve_alias(struct command_line *line, const char *git, enum place place, const char *prefix);

#endif
