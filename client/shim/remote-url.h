/* The URLs of the remotes that git knows in a repository. */
#ifndef GITISO_REMOTE_URL_H
#define GITISO_REMOTE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "command-line.h"

/* "remote.<name>.url" or "….pushurl"; points into git's answer. */
struct remote_url {
  const char *name, *url;
  size_t name_length;
};

/* False: there is none, or git did not answer. */
bool ask_remote_urls(const struct command_line *line, const char *git, struct bytes *answer);

/* Goes on in an answer that ends before `end`. */
bool next_remote_url(const char **at, const char *end, struct remote_url *entry);

/* Sets `<before><name><after>`, where `-c` can say the name: not with an equals sign in it. */
void add_remote_config(struct command_line *line, const char *before, const char *name, size_t length,
                       const char *after);

#endif
