/* A growable run of bytes, and JSON text written into one. Out of memory ends the process. */
#ifndef GITISO_BYTES_H
#define GITISO_BYTES_H

#include <stddef.h>

/* All zero is an empty one. */
struct bytes {
  char *data;
  size_t length, capacity;
};

/* Makes room for `more` bytes after the last one. */
void bytes_reserve(struct bytes *bytes, size_t more);
void bytes_add(struct bytes *bytes, const void *data, size_t length);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_number(struct bytes *bytes, long long number);
/* A JSON string with one character per byte: pure ASCII, 0x80 and above as \u00XX. */
void bytes_json(struct bytes *bytes, const char *data, size_t length);
void bytes_json_text(struct bytes *bytes, const char *text);
void bytes_free(struct bytes *bytes);

/* malloc that does not fail. */
void *allocate(size_t size);

#endif
