/* A `git branch` that makes or deletes one branch, and whether the daemon can do it without git. */
#ifndef GITISO_BRANCH_CHANGE_H
#define GITISO_BRANCH_CHANGE_H

#include <stdbool.h>

#include "invocation.h"
#include "shared-refs.h"

struct branch_change {
  char ref[HEAD_LIMIT];
  /* Where HEAD's branch is; of a branch that is to be deleted, its own. */
  struct ref_value value;
};

/* `arguments` begin with `branch`; reads HEAD too. False: it needs git, or is for git to refuse. */
bool plan_branch_change(char *const *arguments, struct head *head, struct branch_change *change);

#endif
