/* git's reference-transaction hook is the shim: here it is put into its place. */
#ifndef GITISO_OUR_HOOK_H
#define GITISO_OUR_HOOK_H

#include <stdbool.h>

#define REFERENCE_HOOK "reference-transaction"
/* Name of a hook of the project's own that was found there. */
#define PROJECT_REFERENCE_HOOK REFERENCE_HOOK ".project"

/* In the hooks folder of the agent's git directory. */
void keep_reference_hook(void);
/* Takes it away, if it is ours. */
void drop_reference_hook(void);

/* Whether the project has one of its own. */
bool has_project_reference_hook(void);

#endif
