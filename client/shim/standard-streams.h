/* Nothing that is opened later may become standard input, output or error by accident. */
#ifndef GITISO_STANDARD_STREAMS_H
#define GITISO_STANDARD_STREAMS_H

#include <fcntl.h>
#include <unistd.h>

/* Opens /dev/null where one of the three is closed. */
static inline void keep_standard_streams(void)
{
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

#endif
