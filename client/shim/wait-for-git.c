#include "wait-for-git.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "quiet-replay.h"
#include "real-git.h"
#include "ref-view.h"
#include "run.h"

extern char **environ;

enum { EXIT_REFUSED = 1 };

void wait_for_git(char *const *argv, bool replays)
{
  const char *git = find_real_git();
  if (git == NULL) exec_real_git(argv);
  struct run run = {
    .program = git,
    .argv = argv,
    .environment = environ,
    .in = STREAM_INHERIT,
    .out = STREAM_INHERIT,
    .err = STREAM_INHERIT,
  };
  if (replays) quiet_replay_start();
  catch_interrupts();
  run_start(&run);
  run_finish(&run);
  quiet_replay_stop();
  bool kept = sync_ref_view(argv);
  if (WIFSIGNALED(run.status)) {
    signal(WTERMSIG(run.status), SIG_DFL);
    raise(WTERMSIG(run.status));
  }
  int exit_code = run_exit_code(&run);
  _exit(exit_code == 0 && !kept ? EXIT_REFUSED : exit_code);
}
