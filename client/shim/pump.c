#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"

enum { ROOM = 65536 };

/* One direction: at most ROOM bytes wait. */
struct flow {
  int from, to;
  size_t start, end;
  /* No more comes; nobody takes any more. */
  bool drained, refused;
  char bytes[ROOM];
};

static void set_nonblocking(int fd)
{
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static bool is_transient(void)
{
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void fill(struct flow *flow)
{
  ssize_t got = read(flow->from, flow->bytes, ROOM);
  flow->start = 0;
  flow->end = got > 0 ? (size_t)got : 0;
  if (got == 0 || (got < 0 && !is_transient())) flow->drained = true;
  if (flow->refused) flow->end = 0;
}

static void empty(struct flow *flow)
{
  ssize_t put = write(flow->to, flow->bytes + flow->start, flow->end - flow->start);
  if (put > 0) flow->start += (size_t)put;
  if (put < 0 && !is_transient()) {
    flow->refused = true;
    flow->start = flow->end;
  }
}

static bool holds(const struct flow *flow)
{
  return flow->start < flow->end;
}

/* What to wait for on the end that is read from; nothing once it is drained. */
static struct pollfd source(const struct flow *flow)
{
  return (struct pollfd){ .fd = flow->drained || holds(flow) ? -1 : flow->from, .events = POLLIN };
}

/* An end that is written to tells by itself when nobody reads it. */
static struct pollfd sink(const struct flow *flow)
{
  return (struct pollfd){ .fd = flow->to, .events = holds(flow) ? POLLOUT : 0 };
}

void pump(int socket_fd, const char *first, size_t first_length)
{
  static struct flow up = { .from = STDIN_FILENO }, down = { .to = STDOUT_FILENO };
  up.to = down.from = socket_fd;
  if (first_length > 0 && write_all(STDOUT_FILENO, first, first_length) != 0) return;
  set_nonblocking(socket_fd);
  set_nonblocking(STDIN_FILENO);
  set_nonblocking(STDOUT_FILENO);

  bool told = false;
  while (!down.refused && !(down.drained && !holds(&down))) {
    struct pollfd polled[] = { source(&up), source(&down), sink(&down), sink(&up) };
    if (up.refused || !holds(&up)) polled[3].fd = -1;
    if (poll(polled, 4, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if ((polled[2].revents & (POLLERR | POLLNVAL)) != 0) return;
    if (polled[2].revents != 0 && holds(&down)) empty(&down);
    if (polled[3].revents != 0 && holds(&up)) empty(&up);
    if (polled[0].revents != 0) fill(&up);
    if (polled[1].revents != 0) fill(&down);
    if (up.drained && !holds(&up) && !told) {
      shutdown(socket_fd, SHUT_WR);
      told = true;
    }
  }
}
