#include "json.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 32, MAX_VALUES = 1 << 20 };

struct reader {
  struct json *json;
  char *at, *end;
};

static bool read_value(struct reader *reader, int depth);

static void skip_space(struct reader *reader)
{
  while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != '\0') reader->at++;
}

static bool take(struct reader *reader, char expected)
{
  if (reader->at == reader->end || *reader->at != expected) return false;
  reader->at++;
  return true;
}

static bool add_value(struct json *json, enum json_kind kind, char *text)
{
  if (json->count == json->capacity) {
    if (json->count == MAX_VALUES) return false;
    size_t capacity = json->capacity == 0 ? 64 : json->capacity * 2;
    struct json_value *values = realloc(json->values, capacity * sizeof *values);
    if (values == NULL) return false;
    json->values = values;
    json->capacity = capacity;
  }
  json->values[json->count++] = (struct json_value){ .kind = kind, .text = text };
  return true;
}

static void end_value(struct reader *reader, size_t value)
{
  struct json_value *ended = &reader->json->values[value];
  ended->length = (size_t)(reader->at - ended->text);
  ended->next = reader->json->count;
}

static bool read_string(struct reader *reader)
{
  size_t value = reader->json->count;
  if (!take(reader, '"') || !add_value(reader->json, JSON_STRING, reader->at)) return false;
  while (reader->at < reader->end && *reader->at != '"') {
    if ((unsigned char)*reader->at < 0x20) return false;
    if (*reader->at++ != '\\') continue;
    if (reader->at == reader->end || *reader->at == '\0' || strchr("\"\\/bfnrtu", *reader->at) == NULL) return false;
    if (*reader->at++ == 'u') {
      if (json_unit(reader->at, reader->end) < 0) return false;
      reader->at += 4;
    }
  }
  end_value(reader, value);
  return take(reader, '"');
}

static bool read_digits(struct reader *reader)
{
  char *start = reader->at;
  while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') reader->at++;
  return reader->at > start;
}

static bool read_number(struct reader *reader)
{
  size_t value = reader->json->count;
  if (!add_value(reader->json, JSON_NUMBER, reader->at)) return false;
  take(reader, '-');
  if (!take(reader, '0') && !read_digits(reader)) return false;
  if (take(reader, '.') && !read_digits(reader)) return false;
  if (take(reader, 'e') || take(reader, 'E')) {
    if (!take(reader, '+')) take(reader, '-');
    if (!read_digits(reader)) return false;
  }
  end_value(reader, value);
  return true;
}

static bool read_word(struct reader *reader, const char *word, enum json_kind kind)
{
  size_t value = reader->json->count, length = strlen(word);
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) return false;
  if (!add_value(reader->json, kind, reader->at)) return false;
  reader->at += length;
  end_value(reader, value);
  return true;
}

static bool read_container(struct reader *reader, enum json_kind kind, int depth)
{
  const char close = kind == JSON_OBJECT ? '}' : ']';
  size_t value = reader->json->count;
  if (depth == MAX_DEPTH || !add_value(reader->json, kind, reader->at++)) return false;
  skip_space(reader);
  if (!take(reader, close)) {
    do {
      skip_space(reader);
      if (kind == JSON_OBJECT) {
        if (!read_string(reader)) return false;
        skip_space(reader);
        if (!take(reader, ':')) return false;
      }
      if (!read_value(reader, depth + 1)) return false;
    } while (take(reader, ','));
    if (!take(reader, close)) return false;
  }
  end_value(reader, value);
  return true;
}

static bool read_value(struct reader *reader, int depth)
{
  skip_space(reader);
  if (reader->at == reader->end) return false;
  bool read;
  switch (*reader->at) {
    case '{': read = read_container(reader, JSON_OBJECT, depth); break;
    case '[': read = read_container(reader, JSON_ARRAY, depth); break;
    case '"': read = read_string(reader); break;
    case 'n': read = read_word(reader, "null", JSON_NULL); break;
    case 't': read = read_word(reader, "true", JSON_TRUE); break;
    case 'f': read = read_word(reader, "false", JSON_FALSE); break;
    default: read = read_number(reader);
  }
  skip_space(reader);
  return read;
}

bool json_read(struct json *json, char *text, size_t length)
{
  struct reader reader = { .json = json, .at = text, .end = text + length };
  json->count = 0;
  return read_value(&reader, 0) && reader.at == reader.end;
}

void json_free(struct json *json)
{
  free(json->values);
  *json = (struct json){ 0 };
}

bool json_is(const struct json *json, size_t value, enum json_kind kind)
{
  return value < json->count && json->values[value].kind == kind;
}

size_t json_member(const struct json *json, size_t object, const char *name)
{
  size_t found = 0, length = strlen(name);
  if (!json_is(json, object, JSON_OBJECT)) return 0;
  for (size_t key = object + 1; key < json->values[object].next; key = json->values[key + 1].next) {
    const struct json_value *candidate = &json->values[key];
    if (candidate->length == length && memcmp(candidate->text, name, length) == 0) found = key + 1;
  }
  return found;
}
