/* The process that started this one: for a hook, the git that waits for it. */
#ifndef GITISO_PARENT_H
#define GITISO_PARENT_H

#include <stdbool.h>

/* Its arguments, ended by NULL; none when it cannot be known. They live as long as the process. */
char **parent_command_line(void);

/* Whether it only packs refs, which git reports as if it deleted them. */
bool is_pack_refs(char **argv);

/* From now on this process is told to end when its parent has. */
void die_with_parent(void);

#endif
