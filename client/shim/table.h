/* The types of the tables in generated.h; the facts themselves come from shared/git-commands.ts. */
#ifndef GITISO_TABLE_H
#define GITISO_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum way { WAY_LOCAL, WAY_UNKNOWN, WAY_COMMIT, WAY_BRANCH, WAY_TRANSACTION, WAY_REMOTE };

/* How an option before the subcommand takes its value. */
enum { VALUE_NONE = 0, VALUE_NEXT = 1, VALUE_STUCK = 2 };

struct git_option {
  const char *name;
  int value;
};

/* Each list ends with NULL; a list that is NULL was not given. The rule is told in shared/git-commands.ts. */
struct command_rule {
  const char *name;
  enum way way;
  bool elsewhere, hookless, replays, always_unhooked;
  const char *const *any, *const *values, *const *unhooked, *const *asks_unless;
};

#endif
