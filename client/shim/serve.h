/* The daemon's requests to the shim (`ShimRequests` in shared/invocation.ts) and its notification of output. */
#ifndef GITISO_SERVE_H
#define GITISO_SERVE_H

#include <stdbool.h>

#include "rpc.h"

struct server {
  struct connection *connection;
  const char *git; /* The real git; NULL: the image has none. */
  /* Programs are killed when the connection goes: set by gitiso-init, where nobody sits at a terminal. */
  bool abandon;
};

/* The answer to one request: the JSON of its result and what goes with it. */
struct answer {
  struct bytes result;
  struct bytes attachments[MAX_ATTACHMENTS];
  int attachment_count;
};

/* Answers a request, or obeys a notification. False: the connection is gone. */
bool serve(const struct server *server, struct message *message);

#endif
