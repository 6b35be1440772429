#include "remote-helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "asking-git.h"
#include "files.h"
#include "generated.h"
#include "message.h"
#include "pump.h"
#include "rpc.h"
#include "serve.h"
#include "standard-streams.h"

enum { REQUEST_ID = 1, MAX_COMMAND = 4096 };

/* Byte by byte: what comes after the command that connects is not ours to read ahead. False: git is gone. */
static bool read_command(char command[MAX_COMMAND])
{
  size_t length = 0;
  for (;;) {
    char byte;
    ssize_t got = read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || length + 1 == MAX_COMMAND) return false;
    if (byte == '\n') break;
    command[length++] = byte;
  }
  command[length] = '\0';
  return true;
}

static void answer(const char *text)
{
  if (write_all(STDOUT_FILENO, text, strlen(text)) != 0) _exit(EXIT_FATAL);
}

/* While the daemon works git says nothing; when it is gone, nobody wants the connection any more. */
static void watch_git(int fd)
{
  struct pollfd watched[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO } };
  while (poll(watched, 2, -1) < 0 && errno == EINTR) continue;
  if (watched[1].revents != 0) _exit(EXIT_FATAL);
}

static void add_request(struct bytes *body, const char *service, const char *url)
{
  bytes_text(body, "{\"jsonrpc\":\"2.0\",\"id\":");
  bytes_number(body, REQUEST_ID);
  bytes_text(body, ",\"method\":\"remote.connect\",\"params\":{\"service\":");
  bytes_json_text(body, service);
  bytes_text(body, ",\"url\":");
  bytes_json_text(body, url);
  bytes_text(body, ",\"version\":");
  bytes_number(body, strcmp(service, "git-upload-pack") == 0 ? wanted_protocol() : 0);
  bytes_text(body, wants_progress() ? ",\"progress\":true}}" : ",\"progress\":false}}");
}

/* Serves the daemon until it has answered. False: there is no connection, and the daemon has said why. */
static bool await_answer(struct connection *connection)
{
  struct server server = { .connection = connection };
  struct message message = { 0 };
  struct json *json = &message.json;
  while (rpc_receive(connection, &message)) {
    long long id;
    if (json_member(json, 0, "method") != 0) {
      if (!serve(&server, &message)) break;
    } else if (json_count(json, json_member(json, 0, "id"), &id) && id == REQUEST_ID) {
      size_t error = json_member(json, 0, "error");
      const char *reason = json_text(json, json_member(json, error, "message"));
      if (error != 0) {
        const char *hint = json_text(json, json_member(json, json_member(json, error, "data"), "hint"));
        fail(EXIT_FATAL, reason == NULL ? "the daemon refuses" : reason, hint);
      }
      bool connected = json_is(json, json_member(json, json_member(json, 0, "result"), "connected"), JSON_TRUE);
      message_free(&message);
      return connected;
    }
  }
  fail(EXIT_FATAL, "the connection to the daemon broke", "try again");
}

static _Noreturn void connect_service(const char *service, const char *url)
{
  struct connection connection = { .fd = -1, .idle = watch_git };
  struct bytes body = { 0 };
  add_request(&body, service, url);
  if (!rpc_connect(&connection, GITISO_SOCKET)) {
    fail(EXIT_FATAL, "the daemon does not answer on " GITISO_SOCKET,
         "local git commands work meanwhile; try again when it is back");
  }
  if (!rpc_send(&connection, NULL, 0, &body) || !await_answer(&connection)) _exit(EXIT_FATAL);
  bytes_free(&body);
  answer("\n");
  /* What the daemon sent behind its answer belongs to git. */
  pump(connection.fd, connection.input.data + connection.start, connection.input.length - connection.start);
  _exit(0);
}

static bool is_service(const char *name)
{
  return strcmp(name, "git-upload-pack") == 0 || strcmp(name, "git-receive-pack") == 0;
}

int serve_remote_helper(int argc, char **argv)
{
  static const char connect_command[] = "connect ";
  char command[MAX_COMMAND];
  if (argc < 2) fail(EXIT_FATAL, REMOTE_HELPER " is for git to call", NULL);
  keep_standard_streams();
  signal(SIGPIPE, SIG_IGN);
  while (read_command(command) && command[0] != '\0') {
    if (strcmp(command, "capabilities") == 0) {
      answer("connect\n\n");
    } else if (strncmp(command, connect_command, strlen(connect_command)) == 0) {
      const char *service = command + strlen(connect_command);
      if (is_service(service)) connect_service(service, argv[argc - 1]);
      answer("fallback\n");
    } else {
      fail(EXIT_FATAL, "git asks " REMOTE_HELPER " for something it does not know", command);
    }
  }
  return 0;
}
