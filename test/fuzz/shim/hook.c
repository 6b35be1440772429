/* What git tells its reference-transaction hook. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hook-input.h"

void fuzz_one(const char *data, size_t length)
{
  as_standard_input(data, length);
  struct hook_input input;
  if (!hook_input_read(&input)) return;
  for (size_t i = 0; i < input.count; i++) {
    is_zero_id(input.lines[i].old);
    if (strlen(input.lines[i].new) != 40 || strlen(input.lines[i].ref) == 0) abort();
  }
  bytes_free(&input.text);
  bytes_free(&input.copy);
  free(input.lines);
}
