/* The shim's reader of the daemon's JSON: every value is asked for in every form. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

void fuzz_one(const char *data, size_t length)
{
  struct json json = { 0 };
  char *text = malloc(length + (length == 0));
  memcpy(text, data, length);
  if (json_read(&json, text, length)) {
    for (size_t value = 0; value < json.count; value++) {
      size_t bytes;
      long long number;
      char **list = json_strings(&json, value, "git");
      free(list);
      json_count(&json, value, &number);
      json_member(&json, value, "params");
      if (json.values[value].next <= value || json.values[value].next > json.count) abort();
      if (value % 2 == 0) json_bytes(&json, value, &bytes);
      else json_text(&json, value);
    }
  }
  json_free(&json);
  free(text);
}
