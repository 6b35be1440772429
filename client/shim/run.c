#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "real-git.h"

enum { CHUNK = 16384, GRACE_S = 2, NOT_STARTED = EXIT_NO_PROGRAM << 8 };

/* Only so that it interrupts ppoll. */
static void note_child(int signal_number)
{
  (void)signal_number;
}

/* Connects one stream of the child. `*theirs` is the child's end, to be closed after the start, or -1. */
static bool open_stream(struct run *run, posix_spawn_file_actions_t *actions, int number, enum stream stream,
                        int *theirs)
{
  run->fds[number] = -1;
  *theirs = -1;
  if (stream == STREAM_NULL) {
    posix_spawn_file_actions_addopen(actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  if (stream != STREAM_CAPTURE) return true;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  run->fds[number] = ends[number == 0];
  *theirs = ends[number != 0];
  fcntl(run->fds[number], F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_adddup2(actions, *theirs, number);
  return true;
}

static void close_stream(struct run *run, int number)
{
  if (run->fds[number] >= 0) close(run->fds[number]);
  run->fds[number] = -1;
}

void run_start(struct run *run)
{
  hold_interrupts();
  struct sigaction action = { .sa_handler = note_child, .sa_flags = SA_NOCLDSTOP };
  sigaction(SIGCHLD, &action, NULL);
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, &run->mask);
  /* The state before hold_interrupts. */
  sigdelset(&run->mask, SIGCHLD);
  sigdelset(&run->mask, SIGINT);
  sigdelset(&run->mask, SIGTERM);
  sigdelset(&run->mask, SIGHUP);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &run->mask);
  const enum stream streams[] = { run->in, run->out, run->err };
  int theirs[3];
  bool ready = true;
  for (int i = 0; i < 3; i++) ready = open_stream(run, &actions, i, streams[i], &theirs[i]) && ready;

  run->child = 0;
  run->status = NOT_STARTED;
  pid_t child;
  if (ready && posix_spawnp(&child, run->program, &actions, &attributes, run->argv, run->environment) == 0) {
    run->child = child;
    interrupt_state.child = child;
    interrupt_state.child_has_terminal = run->in == STREAM_INHERIT && isatty(STDIN_FILENO);
  }
  for (int i = 0; i < 3; i++) {
    if (theirs[i] >= 0) close(theirs[i]);
  }
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  release_interrupts();
}

static void feed(struct run *run)
{
  while (run->input_length > 0) {
    ssize_t written = write(run->fds[0], run->input, run->input_length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written < 0) break;
    run->input += written;
    run->input_length -= (size_t)written;
  }
  close_stream(run, 0);
}

/* One read. What exceeds the limit is dropped, so that the program does not block. False: nothing more to keep. */
static bool collect(struct run *run, int number)
{
  struct bytes *bytes = number == 1 ? &run->out_bytes : &run->err_bytes;
  bytes_reserve(bytes, CHUNK);
  ssize_t got = read(run->fds[number], bytes->data + bytes->length, bytes->capacity - bytes->length);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (got <= 0) {
    close_stream(run, number);
    return false;
  }
  bytes->length += (size_t)got;
  if (bytes->length <= run->limit) return true;
  bytes->length = run->limit;
  run->truncated = true;
  return false;
}

/* Returns whether the program was told to end: then it has GRACE_S to do so. */
static bool watch(struct run *run, struct pollfd *socket)
{
  enum peek peek = rpc_peek(run->connection);
  if (peek == PEEK_OTHER || peek == PEEK_GONE) socket->fd = -1;
  if (peek != PEEK_CANCEL && !(peek == PEEK_GONE && run->abandon)) return false;
  kill(run->child, SIGTERM);
  return true;
}

static bool has_ended(struct run *run)
{
  pid_t ended = waitpid(run->child, &run->status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  if (ended < 0) run->status = NOT_STARTED;
  interrupt_state.child = 0; /* The id may be another process's from now on. */
  return true;
}

void run_finish(struct run *run)
{
  void (*old_pipe)(int) = run->fds[0] >= 0 ? signal(SIGPIPE, SIG_IGN) : SIG_DFL;
  bool fed = run->fds[0] >= 0;
  const struct timespec grace = { .tv_sec = GRACE_S };
  struct pollfd polls[4] = { { .fd = -1 } };
  polls[3] = (struct pollfd){ .fd = run->connection == NULL ? -1 : run->connection->fd, .events = POLLIN };
  /* What came together with the request makes no socket readable. */
  bool is_ending = run->child > 0 && run->connection != NULL && watch(run, &polls[3]);
  /* A stream that ended is no reason to stop watching the program, nor the other way round. */
  while (run->child > 0 && !has_ended(run)) {
    for (int i = 0; i < 3; i++) polls[i] = (struct pollfd){ run->fds[i], i == 0 ? POLLOUT : POLLIN, 0 };
    int ready = ppoll(polls, 4, is_ending ? &grace : NULL, &run->mask);
    if (ready == 0) kill(run->child, SIGKILL);
    if (ready <= 0) continue;
    if (polls[0].revents != 0) feed(run);
    if (polls[1].revents != 0) collect(run, 1);
    if (polls[2].revents != 0) collect(run, 2);
    if (polls[3].revents != 0 && watch(run, &polls[3])) is_ending = true;
  }
  for (int i = 1; i < 3; i++) {
    while (run->fds[i] >= 0 && collect(run, i)) continue;
  }
  for (int i = 0; i < 3; i++) close_stream(run, i);
  if (fed) signal(SIGPIPE, old_pipe);

  if (interrupt_state.child_has_terminal) settle_interrupt(run->status);
  interrupt_state.child_has_terminal = false;
  run->child = 0;
  sigprocmask(SIG_SETMASK, &run->mask, NULL);
}

void run_free(struct run *run)
{
  bytes_free(&run->out_bytes);
  bytes_free(&run->err_bytes);
}

int run_exit_code(const struct run *run)
{
  return WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status) : WEXITSTATUS(run->status);
}
