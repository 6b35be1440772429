/*
 * The shim as a hook of git. As `reference-transaction` it asks the daemon about every shared ref before git moves it
 * in the agent's view; as any other hook it stands for the one in the folder that the agent chose (hooks-path.h).
 */
#ifndef GITISO_REFERENCE_HOOK_H
#define GITISO_REFERENCE_HOOK_H

#include <stdbool.h>

/* By the name it was started with. */
bool is_reference_hook(const char *name);

/* Ends the process as git expects it of the hook. In a repository that is not the daemon's it does nothing. */
_Noreturn void run_reference_hook(char **argv);

#endif
