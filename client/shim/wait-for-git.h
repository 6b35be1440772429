/* For commands that may write refs past git's hook: looks at the refs once more when git has ended. */
#ifndef GITISO_WAIT_FOR_GIT_H
#define GITISO_WAIT_FOR_GIT_H

#include <stdbool.h>

/* Runs the real git and ends as it has. `replays`: see quiet-replay.h. */
_Noreturn void wait_for_git(char *const *argv, bool replays);

#endif
