#include "conversation.h"

#include <sys/random.h>
#include <time.h>

#include "generated.h"
#include "interrupt.h"
#include "serve.h"
#include "standard-streams.h"

enum { MAX_REPEATS = 3, RECONNECT_MS = 10000, FIRST_PAUSE_MS = 20, LAST_PAUSE_MS = 1000 };

bool conversation_open(struct conversation *conversation)
{
  static struct bytes cancel;
  keep_standard_streams();
  if (cancel.length == 0) rpc_cancel_frame(&cancel, REQUEST_ID);
  interrupt_state.cancel = cancel.data;
  interrupt_state.cancel_length = cancel.length;
  catch_interrupts();
  conversation->connection = (struct connection){ .fd = -1 };
  return rpc_connect(&conversation->connection, GITISO_SOCKET);
}

/* False: the connection broke before the answer came. */
static bool converse(struct conversation *conversation, struct message *answer)
{
  struct server server = { .connection = &conversation->connection, .git = conversation->git };
  struct json *json = &answer->json;
  if (!rpc_send(server.connection, conversation->attachments, conversation->attachment_count, conversation->body)) {
    return false;
  }
  while (rpc_receive(server.connection, answer)) {
    long long id;
    if (json_member(json, 0, "method") != 0) {
      if (!serve(&server, answer)) return false;
    } else if (json_count(json, json_member(json, 0, "id"), &id) && id == REQUEST_ID) {
      return true;
    }
  }
  return false;
}

/* The daemon may be restarting. False: it did not come back in time. */
static bool reconnect(struct connection *connection)
{
  interrupt_state.fd = -1;
  rpc_close(connection);
  int pause_ms = FIRST_PAUSE_MS;
  for (int waited_ms = 0; waited_ms < RECONNECT_MS; waited_ms += pause_ms) {
    if (rpc_connect(connection, GITISO_SOCKET)) {
      interrupt_state.fd = connection->fd;
      return true;
    }
    nanosleep(&(struct timespec){ pause_ms / 1000, pause_ms % 1000 * 1000000L }, NULL);
    if (pause_ms < LAST_PAUSE_MS) pause_ms *= 2;
  }
  return false;
}

bool conversation_answer(struct conversation *conversation, struct message *answer)
{
  interrupt_state.fd = conversation->connection.fd;
  for (int repeats = 0; repeats <= MAX_REPEATS; repeats++) {
    if (converse(conversation, answer)) return true;
    if (!reconnect(&conversation->connection)) return false;
  }
  return false;
}

void conversation_close(struct conversation *conversation)
{
  interrupt_state.fd = -1;
  rpc_close(&conversation->connection);
}

void make_request_key(char key[KEY_DIGITS + 1])
{
  unsigned char random[KEY_DIGITS / 2];
  for (size_t got = 0; got < sizeof random;) {
    ssize_t more = getrandom(random + got, sizeof random - got, 0);
    if (more > 0) got += (size_t)more;
  }
  for (size_t i = 0; i < sizeof random; i++) {
    key[2 * i] = "0123456789abcdef"[random[i] >> 4];
    key[2 * i + 1] = "0123456789abcdef"[random[i] & 15];
  }
  key[KEY_DIGITS] = '\0';
}

void add_request_key(struct bytes *body)
{
  char key[KEY_DIGITS + 1];
  make_request_key(key);
  bytes_text(body, "\"key\":");
  bytes_json_text(body, key);
}
