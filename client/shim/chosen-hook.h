/*
 * Hooks of the project itself where the shim stands in their place: a hook in the folder that the agent chose with
 * core.hooksPath, or a reference-transaction of its own.
 */
#ifndef GITISO_CHOSEN_HOOK_H
#define GITISO_CHOSEN_HOOK_H

#include <stdbool.h>

#include "bytes.h"

/* Folder of the folders that are put in the place of a chosen one (hooks-path.h). Ends with a slash. */
#define STAND_IN_HOOKS GITISO_GITDIR "/gitiso/hooks/"
/* In each of them: the chosen folder as git would name it. */
#define CHOSEN_FOLDER "chosen"

/* Whether the process was started as a hook of a stand-in folder. */
bool is_chosen_hook(const char *name);

/* Becomes the hook of the chosen folder, by the path git would have used. */
_Noreturn void run_chosen_hook(char **argv);

/* Runs the project's own reference-transaction, if it has one, and waits. Returns its exit code, else 0. */
int run_project_reference_hook(char **argv, const struct bytes *input);

#endif
