/* JSON-RPC messages with their attachments over a Unix socket, framed with headers (docs/protocol.md). */
#ifndef GITISO_RPC_H
#define GITISO_RPC_H

#include <stdbool.h>

#include "bytes.h"
#include "json.h"

struct connection {
  int fd;
  struct bytes input;
  /* Where in `input` the next frame begins. */
  size_t start;
  /* Called before each wait for the other side; may be NULL. */
  void (*idle)(int fd);
};

struct message {
  struct bytes text;
  struct json json;
  /* The first binary frame that came ahead of the message; more are dropped. */
  struct bytes attachment;
};

enum { MAX_ATTACHMENTS = 2 };

/* False with errno: nobody answers there. The connection closes on exec. */
bool rpc_connect(struct connection *connection, const char *path);
void rpc_close(struct connection *connection);

/* One write where the socket takes it. False: the connection is gone. */
bool rpc_send(struct connection *connection, const struct bytes *attachments, int count, const struct bytes *body);

/* Waits for a message, which is the caller's until the next call with it. False: gone, or nonsense came. */
bool rpc_receive(struct connection *connection, struct message *message);
void message_free(struct message *message);

/* What has arrived while something else is done, without waiting. */
enum peek { PEEK_NOTHING, PEEK_CANCEL, PEEK_OTHER, PEEK_GONE };

/* Takes a `$/cancelRequest` off the input; any other message stays there. */
enum peek rpc_peek(struct connection *connection);

/* "$/cancelRequest" of the request with this id, as a whole frame. */
void rpc_cancel_frame(struct bytes *frame, int id);

#endif
