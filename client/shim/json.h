/*
 * Reads one JSON text into a flat list of values in document order. Depth and number of values are bounded.
 * Strings are checked while reading and decoded when asked for, in place.
 */
#ifndef GITISO_JSON_H
#define GITISO_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_DECODED, JSON_ARRAY, JSON_OBJECT };

struct json_value {
  enum json_kind kind;
  /* The raw text; of a string without its quotes. */
  char *text;
  size_t length;
  /* Index after this value and all that is inside it: its next sibling. */
  size_t next;
};

struct json {
  struct json_value *values;
  size_t count, capacity;
};

/* The root is value 0, so 0 also means "no such member". Members of an object are key, value, key, value … */
bool json_read(struct json *json, char *text, size_t length);
void json_free(struct json *json);

/* The member's value, 0 when `object` is no object or has no such member. The last one of a name counts. */
size_t json_member(const struct json *json, size_t object, const char *name);
bool json_is(const struct json *json, size_t value, enum json_kind kind);

/*
 * A string whose characters are bytes (U+0000–U+00FF), ended by a NUL that is not counted; NULL: it is not
 * one. Without `length` a string with a NUL inside is not one either.
 */
char *json_bytes(struct json *json, size_t value, size_t *length);
/* A string as UTF-8, for people. NULL: not a string. */
char *json_text(struct json *json, size_t value);
/* NULL-ended list of `first` and the strings of an array, to be freed; NULL: not an array of strings of bytes. */
char **json_strings(struct json *json, size_t array, const char *first);
/* False: not a whole number within [0, 2^53]. */
bool json_count(const struct json *json, size_t value, long long *number);
/* The number after `\u`; -1: there are no four digits. */
int json_unit(const char *at, const char *end);

#endif
