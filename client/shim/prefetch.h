/* Runs ahead of the daemon's asking: what is staged, and the loose objects that go with it. */
#ifndef GITISO_PREFETCH_H
#define GITISO_PREFETCH_H

#include "command-line.h"
#include "run.h"

enum { PREFETCH_CHANGES, PREFETCH_OBJECTS, PREFETCH_PARTS };

struct prefetch {
  struct run run;
  char **argv, **environment;
  /* The attachments: output of the real git, and the objects. */
  struct bytes parts[PREFETCH_PARTS];
  /* Ids of the objects, one after the other without an end. */
  struct bytes ids;
};

/* Starts git; other work can be done meanwhile. */
void prefetch_start(struct prefetch *prefetch, const struct command_line *line, const char *git, const char *parent);
/* False: it failed or is too much; the daemon will ask for what it needs. */
bool prefetch_finish(struct prefetch *prefetch);
/* Removes the objects that were sent: the repository has them now. */
void prefetch_forget(const struct prefetch *prefetch);

#endif
