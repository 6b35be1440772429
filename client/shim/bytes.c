#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

void *allocate(size_t size)
{
  void *memory = malloc(size);
  if (memory == NULL) fail(EXIT_FATAL, "out of memory", NULL);
  return memory;
}

void bytes_reserve(struct bytes *bytes, size_t more)
{
  if (bytes->capacity - bytes->length >= more) return;
  size_t capacity = bytes->capacity == 0 ? 256 : bytes->capacity;
  while (capacity - bytes->length < more) {
    if (capacity > (size_t)-1 / 2) fail(EXIT_FATAL, "out of memory", NULL);
    capacity *= 2;
  }
  bytes->data = realloc(bytes->data, capacity);
  if (bytes->data == NULL) fail(EXIT_FATAL, "out of memory", NULL);
  bytes->capacity = capacity;
}

void bytes_add(struct bytes *bytes, const void *data, size_t length)
{
  if (length == 0) return;
  bytes_reserve(bytes, length);
  memcpy(bytes->data + bytes->length, data, length);
  bytes->length += length;
}

void bytes_text(struct bytes *bytes, const char *text)
{
  bytes_add(bytes, text, strlen(text));
}

void bytes_number(struct bytes *bytes, long long number)
{
  char digits[24];
  char *at = digits + sizeof digits;
  unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) *--at = '-';
  bytes_add(bytes, at, (size_t)(digits + sizeof digits - at));
}

void bytes_json(struct bytes *bytes, const char *data, size_t length)
{
  static const char hex[] = "0123456789abcdef";
  bytes_add(bytes, "\"", 1);
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)data[i];
    if (byte == '"' || byte == '\\') {
      bytes_add(bytes, (char[]){ '\\', (char)byte }, 2);
    } else if (byte >= 0x20 && byte < 0x7f) {
      bytes_add(bytes, &data[i], 1);
    } else {
      bytes_add(bytes, (char[]){ '\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15] }, 6);
    }
  }
  bytes_add(bytes, "\"", 1);
}

void bytes_json_text(struct bytes *bytes, const char *text)
{
  bytes_json(bytes, text, strlen(text));
}

void bytes_free(struct bytes *bytes)
{
  free(bytes->data);
  *bytes = (struct bytes){ 0 };
}
