#include "forward.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "generated.h"
#include "interrupt.h"
#include "invocation.h"
#include "message.h"
#include "prefetch.h"
#include "rpc.h"
#include "serve.h"
#include "standard-streams.h"

enum { REQUEST_ID = 1, MAX_REPEATS = 3, RECONNECT_MS = 10000, FIRST_PAUSE_MS = 20, LAST_PAUSE_MS = 1000 };

static const char come_back[] = "local git commands work meanwhile; try again when it is back";

static _Noreturn void fail_malformed(void)
{
  fail(EXIT_FATAL, "the daemon's answer makes no sense to this shim", "shim and daemon may be of different versions");
}

static _Noreturn void end_with_error(struct json *json, size_t error)
{
  const char *message = json_text(json, json_member(json, error, "message"));
  const char *hint = json_text(json, json_member(json, json_member(json, error, "data"), "hint"));
  if (message == NULL) fail_malformed();
  fail(EXIT_FATAL, message, hint);
}

static void print_member(struct json *json, size_t result, const char *name, int fd)
{
  size_t length;
  const char *text = json_bytes(json, json_member(json, result, name), &length);
  if (text != NULL) write_all(fd, text, length);
}

static _Noreturn void carry_out(struct json *json, size_t result, const struct prefetch *prefetch, const char *git)
{
  long long exit_code;
  if (!json_count(json, json_member(json, result, "exitCode"), &exit_code) || exit_code > 255) fail_malformed();
  const char *failed;
  int reason = apply_files(json, result, &failed);
  if (reason != 0) warn("cannot update", failed, strerror(reason));
  if (json_is(json, json_member(json, result, "forgetObjects"), JSON_TRUE)) prefetch_forget(prefetch);
  print_member(json, result, "stdout", STDOUT_FILENO);
  print_member(json, result, "stderr", STDERR_FILENO);

  size_t next = json_member(json, result, "exec");
  if (json_is(json, next, JSON_ARRAY)) {
    char **argv = json_strings(json, next, "git");
    if (argv == NULL) fail_malformed();
    execv(git, argv);
    fail(EXIT_FATAL, "the git of this image cannot be started", git);
  }
  _exit((int)exit_code);
}

/* Serves the daemon until its answer, which ends the process. Returns when the connection broke before. */
static void converse(struct connection *connection, const struct prefetch *prefetch, const struct bytes *body,
                     bool prefetched, const char *git)
{
  struct server server = { .connection = connection, .git = git };
  struct message message = { 0 };
  struct json *json = &message.json;
  if (rpc_send(connection, prefetch->parts, prefetched ? PREFETCH_PARTS : 0, body)) {
    while (rpc_receive(connection, &message)) {
      long long id;
      if (json_member(json, 0, "method") != 0) {
        if (!serve(&server, &message)) break;
      } else if (json_count(json, json_member(json, 0, "id"), &id) && id == REQUEST_ID) {
        size_t result = json_member(json, 0, "result"), error = json_member(json, 0, "error");
        if (error != 0) end_with_error(json, error);
        carry_out(json, result, prefetch, git);
      }
    }
  }
  message_free(&message);
}

/* The daemon may be restarting. False: it did not come back in time. */
static bool reconnect(struct connection *connection)
{
  rpc_close(connection);
  interrupt_state.fd = -1;
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

void forward(const struct command_line *line, enum way way, const char *git, const char *prefix)
{
  struct connection connection = { .fd = -1 };
  struct bytes body = { 0 }, cancel = { 0 };
  struct prefetch prefetch = { 0 };
  struct head head;

  keep_standard_streams();
  rpc_cancel_frame(&cancel, REQUEST_ID);
  interrupt_state.cancel = cancel.data;
  interrupt_state.cancel_length = cancel.length;
  catch_interrupts();

  read_head(&head);
  bool prefetched = way == WAY_COMMIT && head.commit[0] != '\0';
  if (prefetched) prefetch_start(&prefetch, line, git, head.commit);
  bool connected = rpc_connect(&connection, GITISO_SOCKET);
  if (connected) begin_invocation(&body, REQUEST_ID, way, line, prefix, &head);
  if (prefetched) prefetched = prefetch_finish(&prefetch);
  if (!connected) fail(EXIT_FATAL, "the daemon does not answer on " GITISO_SOCKET, come_back);
  end_invocation(&body, prefetched ? head.commit : NULL);

  interrupt_state.fd = connection.fd;
  for (int repeats = 0; repeats <= MAX_REPEATS; repeats++) {
    converse(&connection, &prefetch, &body, prefetched, git);
    if (!reconnect(&connection)) break;
  }
  fail(EXIT_FATAL, "the connection to the daemon broke, and it is unknown whether the command was carried out",
       "look with git log; local git commands work meanwhile");
}
