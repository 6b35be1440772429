/* What the shim itself says to its user, in git's form, on standard error. */
#ifndef GITISO_MESSAGE_H
#define GITISO_MESSAGE_H

/* git's exit code for a command that could not be carried out. */
enum { EXIT_FATAL = 128 };

/* "fatal: gitiso: <message>" and, unless it is NULL, "hint: <hint>" for each line of it; then exits. */
_Noreturn void fail(int exit_code, const char *message, const char *hint);

/* The same behind `kind` instead of "fatal", without exiting. */
void complain(const char *kind, const char *message, const char *hint);

/* "warning: gitiso: <what> <path>: <reason>" */
void warn(const char *what, const char *path, const char *reason);

#endif
