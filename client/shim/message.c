#include "message.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static struct iovec part(const char *text, size_t length)
{
  return (struct iovec){ .iov_base = (void *)text, .iov_len = length };
}

static void say(const struct iovec *parts, int count)
{
  ssize_t written = writev(STDERR_FILENO, parts, count);
  (void)written; /* There is nobody left to tell. */
}

void complain(const char *kind, const char *message, const char *hint)
{
  struct iovec first[] = { part(kind, strlen(kind)), part(": gitiso: ", 10), part(message, strlen(message)),
                           part("\n", 1) };
  say(first, 4);
  while (hint != NULL && *hint != '\0') {
    size_t length = strcspn(hint, "\n");
    struct iovec line[] = { part("hint: ", 6), part(hint, length), part("\n", 1) };
    say(line, 3);
    hint += length + (hint[length] == '\n');
  }
}

void fail(int exit_code, const char *message, const char *hint)
{
  complain("fatal", message, hint);
  _exit(exit_code);
}

void warn(const char *what, const char *path, const char *reason)
{
  struct iovec line[] = {
    part("warning: gitiso: ", 17), part(what, strlen(what)),     part(" ", 1), part(path, strlen(path)),
    part(": ", 2),                 part(reason, strlen(reason)), part("\n", 1),
  };
  say(line, 7);
}
