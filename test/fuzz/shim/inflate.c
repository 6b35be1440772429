/* What lies in the quarantine, as the shim looks into it. */
#include <stdlib.h>

#include "fuzz.h"
#include "inflate.h"

enum { ROOM = 1 << 16 };

void fuzz_one(const char *data, size_t length)
{
  struct bytes stream = { 0 }, content = { 0 };
  bytes_add(&stream, data, length);
  inflate(&stream, ROOM, &content);
  if (content.length > ROOM) abort();
  bytes_free(&stream);
  bytes_free(&content);
}
