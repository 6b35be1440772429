/*
 * The agent's refs/heads/ and refs/tags/ are a view of the shared ones: for each loose ref a link to it, and the packed
 * ones merged into its own packed-refs. All else in its refs/ is its own, and never touched here.
 */
#ifndef GITISO_REF_VIEW_H
#define GITISO_REF_VIEW_H

#include <stdbool.h>

/*
 * Makes the view what the shared repository is; quick when nothing has changed. What cannot be written is left as
 * it is. With a command line refs that nobody was asked about are proposed to the daemon; NULL: not now. False: one of them
 * was taken back, which the agent has been told.
 */
bool sync_ref_view(char *const *argv);

#endif
