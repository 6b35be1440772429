#include "interrupt.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct interrupt_state interrupt_state = { .fd = -1, .exit_code = -1 };

static volatile sig_atomic_t deferred;
static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
enum { CAUGHT = sizeof caught / sizeof caught[0] };

static void change_mask(int how)
{
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < CAUGHT; i++) sigaddset(&set, caught[i]);
  sigprocmask(how, &set, NULL);
}

/* Runs in the signal handler: system calls only. */
static _Noreturn void die_of(int signal_number)
{
  /* A second one ends the shim at once, also if the child does not want to go. */
  for (int i = 0; i < CAUGHT; i++) signal(caught[i], SIG_DFL);
  change_mask(SIG_UNBLOCK);
  if (interrupt_state.fd >= 0 && interrupt_state.cancel_length > 0) {
    send(interrupt_state.fd, interrupt_state.cancel, interrupt_state.cancel_length, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (interrupt_state.child > 0) {
    kill(interrupt_state.child, signal_number);
    waitpid(interrupt_state.child, NULL, 0);
  }
  if (interrupt_state.exit_code >= 0) _exit(interrupt_state.exit_code);
  raise(signal_number);
  _exit(128 + signal_number); /* The first process of a container does not die of a signal. */
}

static void handle(int signal_number, siginfo_t *info, void *context)
{
  (void)context;
  bool from_terminal = info->si_code == SI_KERNEL;
  if (from_terminal && interrupt_state.child > 0 && interrupt_state.child_has_terminal) {
    deferred = signal_number;
    return;
  }
  die_of(signal_number);
}

void catch_interrupts(void)
{
  for (int i = 0; i < CAUGHT; i++) {
    struct sigaction action;
    sigaction(caught[i], NULL, &action);
    if (!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN) continue;
    action = (struct sigaction){ .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART };
    sigaction(caught[i], &action, NULL);
  }
}

void hold_interrupts(void)
{
  change_mask(SIG_BLOCK);
}

void release_interrupts(void)
{
  change_mask(SIG_UNBLOCK);
}

void settle_interrupt(int status)
{
  int signal_number = deferred;
  deferred = 0;
  if (signal_number == 0) return;
  bool died = WIFSIGNALED(status) && WTERMSIG(status) == signal_number;
  if (died || (WIFEXITED(status) && WEXITSTATUS(status) == 128 + signal_number)) die_of(signal_number);
}
