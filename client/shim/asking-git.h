/* What the git that called the helper wants, of which the helper protocol says nothing: read from its command line. */
#ifndef GITISO_ASKING_GIT_H
#define GITISO_ASKING_GIT_H

#include <stdbool.h>

/* Whether it would show progress: on a terminal, unless it is told otherwise. */
bool wants_progress(void);

/* The version of git's protocol that its configuration asks for. */
int wanted_protocol(void);

#endif
