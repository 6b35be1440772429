/* The refs/remotes/ that the shared repository came with: each agent gets them once, as its own tracking refs. */
#ifndef GITISO_REMOTE_REFS_H
#define GITISO_REMOTE_REFS_H

/* Copies the loose ones that are not there. Both are open folders: refs/ of the shared repository, and of the agent. */
void import_remote_refs(int shared, int own);

#endif
