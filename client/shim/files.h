/* What the daemon asks the shim to do with files, all with the agent's own rights. */
#ifndef GITISO_FILES_H
#define GITISO_FILES_H

#include <stdbool.h>

#include "bytes.h"
#include "json.h"

/*
 * Carries out the lists `append`, `write`, `rename` and `unlink` of an object, in this order. What fails is
 * passed over, the rest is done; the answer is the errno of the first failure with its path, or 0.
 */
int apply_files(struct json *json, size_t object, const char **failed);

/* Reads a file ('-': standard input, without an offset) up to `limit` bytes. Returns errno or 0. */
int read_file(const char *path, long long offset, size_t limit, struct bytes *content, bool *truncated);

/* The folders above a file. Returns errno or 0. */
int make_parents(const char *path);

/* Returns errno or 0. */
int write_all(int fd, const char *data, size_t length);

#endif
