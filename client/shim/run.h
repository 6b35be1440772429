/* Runs one program and moves bytes to and from it without deadlock, whatever it does with its streams. */
#ifndef GITISO_RUN_H
#define GITISO_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bytes.h"
#include "rpc.h"

enum stream { STREAM_NULL, STREAM_INHERIT, STREAM_CAPTURE };

struct run {
  /* Set by the caller. */
  const char *program; /* A path, or a name that is looked up in PATH. */
  char *const *argv;
  char *const *environment;
  enum stream in, out, err; /* in: STREAM_CAPTURE means `input` */
  const char *input;
  size_t input_length;
  size_t limit; /* Bytes of out_bytes and err_bytes each; the rest is read and dropped. */
  struct connection *connection; /* Watched for `$/cancelRequest`; may be NULL. */
  bool abandon; /* Kill the program when the connection is gone: nobody wants the result. */

  /* The result. */
  struct bytes out_bytes, err_bytes;
  bool truncated;
  int status; /* As of waitpid. */

  pid_t child;
  int fds[3];
  sigset_t mask;
};

/* Starts it. A program that cannot be started gives the status of exit code 127. */
void run_start(struct run *run);
/* Waits until it has ended; what it left running in the background is not waited for. */
void run_finish(struct run *run);
void run_free(struct run *run);

/* The exit code, 128 + signal for a program that died of one. */
int run_exit_code(const struct run *run);

#endif
