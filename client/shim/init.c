#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "generated.h"
#include "interrupt.h"
#include "real-git.h"
#include "ref-view.h"
#include "rpc.h"
#include "serve.h"
#include "standard-streams.h"

enum { READY_ID = 1, FIRST_PAUSE_MS = 20, LAST_PAUSE_MS = 1000 };

static const char *const mounts[] = {
  GITISO_WORKSPACE, GITISO_GITDIR, GITISO_SHARED, GITISO_RUN, GITISO_BIN, GITISO_ETC,
};

static bool can_write_file(const char *path)
{
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool can_write_folder(const char *path)
{
  static const char name[] = ".gitiso-probe";
  int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  /* One left by a probe that was killed, or a full disk: both only where writing is allowed. */
  bool writable = fd >= 0 || errno == EEXIST || errno == ENOSPC || errno == EDQUOT;
  if (fd >= 0 || errno == EEXIST) unlinkat(folder, name, 0);
  if (fd >= 0) close(fd);
  close(folder);
  return writable;
}

/* What the mount really allows, found by trying. */
static const char *probe(const char *path)
{
  struct stat status;
  struct statvfs file_system;
  if (stat(path, &status) != 0) return "missing";
  if (statvfs(path, &file_system) == 0 && (file_system.f_flag & ST_RDONLY)) return "ro";
  return (S_ISDIR(status.st_mode) ? can_write_folder(path) : can_write_file(path)) ? "rw" : "ro";
}

static void add_report(struct bytes *body, const char *git)
{
  bytes_text(body, "{\"jsonrpc\":\"2.0\",\"id\":");
  bytes_number(body, READY_ID);
  bytes_text(body, ",\"method\":\"agent.ready\",\"params\":{\"git\":");
  if (git == NULL) bytes_text(body, "null");
  else bytes_json_text(body, git);
  bytes_text(body, ",\"mounts\":{");
  for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
    if (i > 0) bytes_text(body, ",");
    bytes_json_text(body, mounts[i]);
    bytes_text(body, ":");
    bytes_json_text(body, probe(mounts[i]));
  }
  bytes_text(body, "},\"uid\":");
  bytes_number(body, getuid());
  bytes_text(body, ",\"gid\":");
  bytes_number(body, getgid());
  bytes_text(body, "}}");
}

static void note_child(int signal_number)
{
  (void)signal_number;
}

/* Sleeps until the daemon says something; meanwhile children that nobody waits for are reaped. */
static void wait_and_reap(int fd)
{
  sigset_t child_signal, before;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, &before);
  struct pollfd poll = { .fd = fd, .events = POLLIN };
  do {
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  } while (ppoll(&poll, 1, NULL, &before) <= 0);
  sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Serves one connection until it is gone, or the daemon ends the container. */
static void serve_connection(struct connection *connection)
{
  const char *git = find_real_git();
  struct bytes report = { 0 };
  add_report(&report, git);
  bool sent = rpc_send(connection, NULL, 0, &report);
  bytes_free(&report);

  struct server server = { .connection = connection, .git = git, .abandon = true };
  struct message message = { 0 };
  struct json *json = &message.json;
  while (sent && rpc_receive(connection, &message)) {
    long long id, exit_code;
    if (json_member(json, 0, "method") != 0) {
      if (!serve(&server, &message)) break;
    } else if (json_count(json, json_member(json, 0, "id"), &id) && id == READY_ID) {
      size_t result = json_member(json, 0, "result");
      if (json_count(json, json_member(json, result, "exitCode"), &exit_code)) _exit((int)exit_code & 255);
      break;
    }
    message_free(&message);
  }
  message_free(&message);
}

static long long now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void serve_container(void)
{
  keep_standard_streams();
  interrupt_state.exit_code = 0;
  catch_interrupts();
  struct sigaction action = { .sa_handler = note_child, .sa_flags = SA_NOCLDSTOP };
  sigaction(SIGCHLD, &action, NULL);
  sync_ref_view(NULL);

  for (int pause_ms = FIRST_PAUSE_MS;; pause_ms = pause_ms < LAST_PAUSE_MS / 2 ? pause_ms * 2 : LAST_PAUSE_MS) {
    struct connection connection = { .fd = -1, .idle = wait_and_reap };
    if (rpc_connect(&connection, GITISO_SOCKET)) {
      long long start = now_ms();
      serve_connection(&connection);
      rpc_close(&connection);
      if (now_ms() - start >= LAST_PAUSE_MS) pause_ms = FIRST_PAUSE_MS;
    }
    nanosleep(&(struct timespec){ pause_ms / 1000, pause_ms % 1000 * 1000000L }, NULL);
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}
