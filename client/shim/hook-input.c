#include "hook-input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "packed-refs.h"

enum { LIMIT_BYTES = 256 << 20, FIRST_BYTES = 512 };

static bool is_id(const char *text)
{
  return strspn(text, "0123456789abcdef") == OID_HEX && text[OID_HEX] == ' ';
}

static void read_lines(struct hook_input *input)
{
  bytes_add(&input->copy, input->text.data, input->text.length);
  bytes_add(&input->copy, "", 1);
  const size_t shortest = 2 * (OID_HEX + 1) + 1;
  input->lines = allocate((input->text.length / shortest + 1) * sizeof *input->lines);
  char *next;
  for (char *line = input->copy.data; (next = strchr(line, '\n')) != NULL; line = next + 1) {
    *next = '\0';
    if (strlen(line) < shortest || !is_id(line) || !is_id(line + OID_HEX + 1)) continue;
    line[OID_HEX] = line[2 * OID_HEX + 1] = '\0';
    input->lines[input->count++] = (struct hook_line){ line, line + OID_HEX + 1, line + 2 * (OID_HEX + 1) };
  }
}

/* In small steps: it is a line or two, and every fresh page costs. */
bool hook_input_read(struct hook_input *input)
{
  *input = (struct hook_input){ 0 };
  struct bytes *text = &input->text;
  for (;;) {
    bytes_reserve(text, FIRST_BYTES);
    ssize_t got = read(STDIN_FILENO, text->data + text->length, text->capacity - text->length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    text->length += (size_t)got;
    if (text->length > LIMIT_BYTES) return false;
  }
  read_lines(input);
  return true;
}

bool is_zero_id(const char *id)
{
  return strspn(id, "0") == OID_HEX;
}
