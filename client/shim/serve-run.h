/* The request `shim.run`: any program of the container, with its streams and environment as the daemon wants. */
#ifndef GITISO_SERVE_RUN_H
#define GITISO_SERVE_RUN_H

#include "serve.h"

/* False: the parameters are not those of shim.run. */
bool serve_run(const struct server *server, struct message *message, size_t params, struct answer *answer);

#endif
