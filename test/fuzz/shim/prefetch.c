/* What git in the container says is staged, as the shim looks for objects in it. */
#include <fcntl.h>

#include "../../../client/shim/prefetch.c"

#include "fuzz.h"

void fuzz_one(const char *data, size_t length)
{
  struct prefetch prefetch = { 0 };
  bytes_add(&prefetch.parts[PREFETCH_CHANGES], data, length);
  bytes_reserve(&prefetch.parts[PREFETCH_CHANGES], 1);
  prefetch.parts[PREFETCH_CHANGES].data[length] = '\0';
  int nowhere = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
  add_objects(&prefetch, nowhere);
  close(nowhere);
  for (size_t part = 0; part < PREFETCH_PARTS; part++) bytes_free(&prefetch.parts[part]);
  bytes_free(&prefetch.ids);
}
