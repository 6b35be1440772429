/* What git tells its reference-transaction hook: `<old> <new> <ref>` on each line. */
#ifndef GITISO_HOOK_INPUT_H
#define GITISO_HOOK_INPUT_H

#include <stdbool.h>

#include "bytes.h"

struct hook_line {
  const char *old, *new, *ref;
};

struct hook_input {
  /* As it came. */
  struct bytes text;
  struct hook_line *lines;
  size_t count;
  struct bytes copy; /* Its lines, cut into strings. */
};

/* Reads standard input. False: there is too much of it. Lines that are none are left out. */
bool hook_input_read(struct hook_input *input);

bool is_zero_id(const char *id);

#endif
