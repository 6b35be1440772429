/* Before git changes the work tree: whether the current branch can be moved at all. */
#ifndef GITISO_ASK_FIRST_H
#define GITISO_ASK_FIRST_H

/* Ends the process, with the daemon's reason, when it can not. `argv` is the whole command line. */
void ask_first(char *const *argv);

#endif
