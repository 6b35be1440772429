#include "quiet-replay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "generated.h"
#include "our-hook.h"

/*
 * How the moment is known: git opens rebase-merge/head-name, which names the branch, after the last commit and before it moves
 * the branch (sequencer.c: pick_commits), and not while commits are left. The watcher holds a lease on that file, so
 * that the kernel makes git wait there until the hook is back. Where there are no leases the hook just stays. Should a
 * branch be moved past the hook after all, the comparison that follows every rebase proposes it.
 *
 * Nor may the hook go while git is between looking for it and running it: that would end the rebase. So it goes while git
 * waits at another file, rebase-merge/done, which it opens before each commit (sequencer.c: save_todo). For the first one it
 * would make it: the watcher does so, empty, when HEAD has gone to where the commits are to go. Not earlier: a list that begins
 * with a fixup is refused because there is no such file (todo_list_parse_insn_buffer), and it has been read by then.
 */
static const char state[] = GITISO_GITDIR "/rebase-merge";
static const char head_name[] = GITISO_GITDIR "/rebase-merge/head-name";
static const char done[] = GITISO_GITDIR "/rebase-merge/done";
static const char todo[] = GITISO_GITDIR "/rebase-merge/git-rebase-todo";

static pid_t watcher;
static int end_of_git = -1;

struct watch {
  int events, signals, parent;
  int gate; /* The file where git is awaited to put the hook aside, else below 0. */
  int lease; /* The file while the hook is aside, else below 0. */
  bool is_new; /* The rebase begins, and HEAD is where it was. */
  bool has_made; /* rebase-merge/done. */
};

/* Whether commits are left besides the one that git is at: it takes that one off the list first. */
static bool has_more_to_do(void)
{
  char text[4096];
  int fd = open(todo, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text);
  if (fd >= 0) close(fd);
  for (ssize_t i = 0; i < length; i++) {
    bool is_start = i == 0 || text[i - 1] == '\n';
    if (is_start && text[i] != '#' && text[i] != '\n') return true;
  }
  return false;
}

/* Below 0: there is no such file, or somebody has it open. `signal` comes when somebody wants to open it, and waits. */
static int lease_file(const char *path, int signal)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return -1;
  if (fcntl(fd, F_SETSIG, signal) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0) return fd;
  close(fd);
  return -1;
}

static void end_lease(int *fd)
{
  if (*fd < 0) return;
  fcntl(*fd, F_SETLEASE, F_UNLCK);
  close(*fd);
  *fd = -1;
}

static void let_go(struct watch *watch)
{
  if (watch->lease >= 0) keep_reference_hook();
  end_lease(&watch->lease);
}

static bool make_done(void)
{
  int fd = has_more_to_do() ? open(done, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666) : -1;
  if (fd < 0) return false;
  close(fd);
  if (access(head_name, F_OK) == 0) return true;
  /* git has finished meanwhile: nothing may be left of it. */
  unlink(done);
  rmdir(state);
  return true;
}

/* git refuses some lists when HEAD has gone, and then leaves no such file. */
static void take_back_done(void)
{
  struct stat info;
  if (lstat(done, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0) unlink(done);
}

static void await_git(struct watch *watch)
{
  if (watch->lease < 0 && watch->gate < 0) watch->gate = lease_file(done, SIGUSR2);
}

/* git waits at the gate. With the lease, and with more to do, it has still to come by where the hook is put back. */
static void put_aside(struct watch *watch)
{
  if (watch->gate >= 0 && watch->lease < 0) {
    watch->lease = lease_file(head_name, SIGUSR1);
    if (watch->lease >= 0 && has_more_to_do()) drop_reference_hook();
    else end_lease(&watch->lease);
  }
  end_lease(&watch->gate);
}

static bool watch_state(const struct watch *watch)
{
  return inotify_add_watch(watch->events, state, IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) >= 0;
}

/* Whether HEAD was among what changed. */
static bool read_events(const struct watch *watch)
{
  _Alignas(struct inotify_event) char buffer[4096];
  bool is_moved = false;
  ssize_t length;
  while ((length = read(watch->events, buffer, sizeof buffer)) > 0) {
    const struct inotify_event *event;
    for (const char *at = buffer; at < buffer + length; at += sizeof *event + event->len) {
      event = (const struct inotify_event *)at;
      is_moved = is_moved || ((event->mask & IN_MOVED_TO) != 0 && event->len > 0 && strcmp(event->name, "HEAD") == 0);
    }
  }
  return is_moved;
}

static void handle_events(struct watch *watch)
{
  bool is_moved = read_events(watch);
  if (!watch_state(watch)) return;
  if (is_moved && watch->is_new) {
    watch->has_made = make_done();
    watch->is_new = !watch->has_made;
  }
  await_git(watch);
}

/* False: it is to end. */
static bool handle_signals(struct watch *watch)
{
  struct signalfd_siginfo info;
  bool goes_on = true;
  while (read(watch->signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGUSR1) let_go(watch);
    else if (info.ssi_signo == SIGUSR2) put_aside(watch);
    else if (info.ssi_signo == SIGTERM) goes_on = false;
  }
  return goes_on;
}

static _Noreturn void watch_git(int parent, pid_t shim)
{
  sigset_t set;
  sigemptyset(&set);
  const int caught[] = { SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP };
  for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) sigaddset(&set, caught[i]);
  sigprocmask(SIG_SETMASK, &set, NULL);
  struct watch watch = {
    .events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
    .signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
    .parent = parent,
    .gate = -1,
    .lease = -1,
  };
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  bool works = getppid() == shim && watch.events >= 0 && watch.signals >= 0 &&
               inotify_add_watch(watch.events, GITISO_GITDIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) >= 0;
  watch.is_new = !watch_state(&watch);
  if (works && !watch.is_new) await_git(&watch);
  while (works) {
    struct pollfd polls[] = { { watch.events, POLLIN, 0 }, { watch.signals, POLLIN, 0 }, { watch.parent, POLLIN, 0 } };
    if (poll(polls, 3, -1) < 0 && errno != EINTR) break;
    if (polls[1].revents != 0 && !handle_signals(&watch)) break;
    if (polls[2].revents != 0) break;
    if (polls[0].revents != 0) handle_events(&watch);
  }
  let_go(&watch);
  end_lease(&watch.gate);
  if (watch.has_made) take_back_done();
  _exit(0);
}

void quiet_replay_start(void)
{
  int ends[2];
  pid_t shim = getpid();
  if (has_project_reference_hook() || pipe2(ends, O_CLOEXEC) != 0) return;
  watcher = fork();
  if (watcher == 0) {
    close(ends[1]);
    watch_git(ends[0], shim);
  }
  close(ends[0]);
  end_of_git = ends[1];
  if (watcher < 0) quiet_replay_stop();
}

void quiet_replay_stop(void)
{
  if (end_of_git >= 0) close(end_of_git);
  end_of_git = -1;
  while (watcher > 0 && waitpid(watcher, NULL, 0) < 0 && errno == EINTR) continue;
  watcher = 0;
}
