/*
 * What a signal to the shim means: it goes on to the child, the daemon hears that the request is cancelled, and
 * the shim dies of it as git would. The only state of the program that is global, because signals are.
 */
#ifndef GITISO_INTERRUPT_H
#define GITISO_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

struct interrupt_state {
  /* The daemon's socket, -1: none; the bytes that cancel the request. */
  volatile int fd;
  const char *cancel;
  size_t cancel_length;
  volatile pid_t child; /* 0: none */
  /* The child reads the terminal: Ctrl-C is its affair (an editor), and only its death counts. */
  volatile bool child_has_terminal;
  /* Ends the process with this code instead of by the signal; -1: by the signal. */
  int exit_code;
};
extern struct interrupt_state interrupt_state;

/* Takes SIGINT, SIGTERM and SIGHUP, except those that whoever started the shim has told it to ignore. */
void catch_interrupts(void);

/* Holds these signals back while a child is started; `release` lets them in again. */
void hold_interrupts(void);
void release_interrupts(void);

/* After a child that had the terminal has ended: dies now if it died of a Ctrl-C. */
void settle_interrupt(int status);

#endif
