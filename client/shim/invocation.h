/* What the shim tells the daemon of a command when it opens (`InvocationSchema` in shared/invocation.ts). */
#ifndef GITISO_INVOCATION_H
#define GITISO_INVOCATION_H

#include <stdbool.h>

#include "bytes.h"
#include "command-line.h"

enum { OID_LENGTH = 40, HEAD_LIMIT = 1024 };

struct head {
  /* Content of HEAD without its newline. */
  char text[HEAD_LIMIT + 1];
  /* The ref it names; NULL when it is detached. */
  const char *ref;
  /* The commit of the branch it names, found without git; empty when there is no such file. */
  char commit[OID_LENGTH + 2];
};

/* The first line of a file, without its newline; empty when it cannot be read. */
void read_line(const char *path, char *line, size_t size);

void read_head(struct head *head);

/* Whether the project has hooks that `git commit` may run. */
bool has_commit_hooks(void);

/* The request up to its last two parameters, which `end_invocation` adds once they are known. */
void begin_invocation(struct bytes *body, const char *method, const struct command_line *line, const char *prefix,
                      const struct head *head);
/* `parent` may be NULL. */
void end_invocation(struct bytes *body, const char *parent, bool prefetched);

#endif
