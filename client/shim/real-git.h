/* Finds the git of the image, never a shim, and becomes it. */
#ifndef GITISO_REAL_GIT_H
#define GITISO_REAL_GIT_H

/* Exit code of a shell for a program that does not exist. */
enum { EXIT_NO_PROGRAM = 127 };

/* Path of the real git, in a buffer that the next call overwrites; NULL: the image has none. */
const char *find_real_git(void);

/* Replaces the process by the real git; says so and exits with 127 when there is none. */
_Noreturn void exec_real_git(char *const *argv);

#endif
