/* The container's first process (docs/protocol.md): keeps the container alive and works for the daemon in it. */
#ifndef GITISO_INIT_H
#define GITISO_INIT_H

/* Ends with the exit code the daemon gives, or 0 on SIGTERM. */
_Noreturn void serve_container(void);

#endif
