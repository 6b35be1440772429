/* One request to the daemon, which may ask for work before it answers. */
#ifndef GITISO_CONVERSATION_H
#define GITISO_CONVERSATION_H

#include "rpc.h"

/* The id of the request in `body`; hexadecimal digits of a request's key. */
enum { REQUEST_ID = 1, KEY_DIGITS = 32 };

struct conversation {
  /* Set by the caller before the answer is awaited. */
  const struct bytes *attachments;
  int attachment_count;
  const struct bytes *body;
  const char *git; /* The real git; NULL: the image has none. */

  struct connection connection;
};

/* From here on signals cancel the request. False: nobody answers there. */
bool conversation_open(struct conversation *conversation);

/*
 * Serves the daemon until its answer, which is put into `answer`: a JSON-RPC response. When the connection breaks
 * the request is repeated, which its key makes harmless. False: the daemon did not come back in time.
 */
bool conversation_answer(struct conversation *conversation, struct message *answer);

void conversation_close(struct conversation *conversation);

/* A random value: what makes a request the same when it is repeated. */
void make_request_key(char key[KEY_DIGITS + 1]);
/* The member `key` with such a value. */
void add_request_key(struct bytes *body);

#endif
