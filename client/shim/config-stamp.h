/* A text that changes when git's configuration may have changed, made without reading any of it. */
#ifndef GITISO_CONFIG_STAMP_H
#define GITISO_CONFIG_STAMP_H

#include "bytes.h"
#include "command-line.h"

/*
 * Adds modification time, size and inode of each configuration file and a hash of what command line and
 * environment set. Adds nothing when it cannot be known. Files that are included are not seen.
 */
void add_config_stamp(struct bytes *stamp, const struct command_line *line);

#endif
