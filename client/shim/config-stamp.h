/* A text that changes when git's configuration may have changed, made without understanding any of it. */
#ifndef GITISO_CONFIG_STAMP_H
#define GITISO_CONFIG_STAMP_H

#include "bytes.h"
#include "command-line.h"

/*
 * Adds a hash of each configuration file (of a long one modification time, size and inode) and one of what command line
 * and environment set. Adds nothing when it cannot be known. Files that are included are not seen.
 */
void add_config_stamp(struct bytes *stamp, const struct command_line *line);

#endif
