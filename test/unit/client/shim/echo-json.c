/*
 * For json.test.ts: reads texts, each after its length in bytes and a newline, and prints each as the reader
 * understood it, or "!" for one it refuses. The first argument says how strings are read: bytes or text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "json.h"

static size_t print(struct json *json, size_t value, bool as_bytes)
{
  static const char brackets[] = "[]{}";
  const struct json_value *now = &json->values[value];
  size_t next = now->next, length;
  if (now->kind == JSON_STRING) {
    const char *text = as_bytes ? json_bytes(json, value, &length) : json_text(json, value);
    struct bytes quoted = { 0 };
    if (text == NULL) bytes_text(&quoted, "null");
    else if (as_bytes) bytes_json(&quoted, text, length);
    else bytes_json(&quoted, text, json->values[value].length);
    fwrite(quoted.data, 1, quoted.length, stdout);
    bytes_free(&quoted);
  } else if (now->kind == JSON_ARRAY || now->kind == JSON_OBJECT) {
    const char *pair = now->kind == JSON_ARRAY ? brackets : brackets + 2;
    putchar(pair[0]);
    for (size_t item = value + 1; item < next;) {
      item = print(json, item, as_bytes);
      if (pair[0] == '{') {
        putchar(':');
        item = print(json, item, as_bytes);
      }
      if (item < next) putchar(',');
    }
    putchar(pair[1]);
  } else {
    fwrite(now->text, 1, now->length, stdout);
  }
  return next;
}

int main(int argc, char **argv)
{
  bool as_bytes = argc > 1 && strcmp(argv[1], "bytes") == 0;
  struct json json = { 0 };
  size_t length;
  while (scanf("%zu", &length) == 1 && getchar() == '\n') {
    /* Of exactly this size, so that a sanitizer sees a read past the end. */
    char *text = allocate(length == 0 ? 1 : length);
    if (fread(text, 1, length, stdin) != length) return 1;
    if (json_read(&json, text, length)) print(&json, 0, as_bytes);
    else putchar('!');
    putchar('\n');
    free(text);
  }
  json_free(&json);
  return 0;
}
