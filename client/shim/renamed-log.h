/* The reflog of a branch that git has begun to rename. */
#ifndef GITISO_RENAMED_LOG_H
#define GITISO_RENAMED_LOG_H

#include "hook-input.h"

/*
 * git puts the reflog aside before it deletes the old name, and ends at once when its hook refuses that: the reflog would be
 * lost, and in the way of every later copy. To be called by the hook that refuses.
 */
void put_back_renamed_log(const struct hook_input *input);

#endif
