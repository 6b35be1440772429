#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

static int hex_digit(char digit)
{
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

int json_unit(const char *at, const char *end)
{
  if (end - at < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/* The next code point of a checked string; malformed UTF-8 and lone surrogates become U+FFFD. */
static uint32_t next_character(char **at, const char *end)
{
  static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  unsigned char first = (unsigned char)*(*at)++;
  if (first == '\\') {
    char escape = *(*at)++;
    if (escape != 'u') return (unsigned char)meanings[strchr(escapes, escape) - escapes];
    uint32_t unit = (uint32_t)json_unit(*at, end);
    *at += 4;
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') return 0xfffd;
    uint32_t low = (uint32_t)json_unit(*at + 2, end);
    if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  if (first < 0x80) return first;
  int more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || end - *at < more) return 0xfffd;
  uint32_t character = first & (0x3fU >> more);
  for (int i = 0; i < more; i++) {
    unsigned char byte = (unsigned char)(*at)[i];
    if ((byte & 0xc0) != 0x80) return 0xfffd;
    character = character << 6 | (byte & 0x3f);
  }
  *at += more;
  return character;
}

static char *put_utf8(char *to, uint32_t character)
{
  int more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  static const unsigned char heads[] = { 0x00, 0xc0, 0xe0, 0xf0 };
  *to++ = (char)(heads[more] | character >> (6 * more));
  while (more-- > 0) *to++ = (char)(0x80 | (character >> (6 * more) & 0x3f));
  return to;
}

char *json_bytes(struct json *json, size_t value, size_t *length)
{
  if (value >= json->count) return NULL;
  struct json_value *string = &json->values[value];
  if (string->kind == JSON_STRING) {
    char *at = string->text, *to = at, *end = at + string->length;
    while (at < end) {
      uint32_t character = next_character(&at, end);
      if (character > 0xff) {
        string->kind = JSON_NULL;
        return NULL;
      }
      *to++ = (char)character;
    }
    *to = '\0';
    string->length = (size_t)(to - string->text);
    string->kind = JSON_DECODED;
  }
  if (string->kind != JSON_DECODED) return NULL;
  if (length != NULL) *length = string->length;
  else if (strlen(string->text) != string->length) return NULL;
  return string->text;
}

char *json_text(struct json *json, size_t value)
{
  if (!json_is(json, value, JSON_STRING)) return NULL;
  struct json_value *string = &json->values[value];
  char *at = string->text, *to = at, *end = at + string->length;
  while (at < end) {
    char *start = at;
    uint32_t character = next_character(&at, end);
    if (character == 0xfffd && at - start < 3) character = '?';
    to = put_utf8(to, character);
  }
  *to = '\0';
  string->length = (size_t)(to - string->text);
  string->kind = JSON_DECODED;
  return string->text;
}

bool json_count(const struct json *json, size_t value, long long *number)
{
  if (!json_is(json, value, JSON_NUMBER) || json->values[value].length > 16) return false;
  *number = 0;
  for (size_t i = 0; i < json->values[value].length; i++) {
    char digit = json->values[value].text[i];
    if (digit < '0' || digit > '9') return false;
    *number = *number * 10 + (digit - '0');
  }
  return *number <= 1LL << 53;
}

char **json_strings(struct json *json, size_t array, const char *first)
{
  if (!json_is(json, array, JSON_ARRAY)) return NULL;
  size_t count = 0, end = json->values[array].next;
  const char **list = allocate((end - array + 2) * sizeof *list);
  list[count++] = first;
  for (size_t item = array + 1; item < end; item = json->values[item].next) {
    list[count] = json_bytes(json, item, NULL);
    if (list[count++] == NULL) {
      free(list);
      return NULL;
    }
  }
  list[count] = NULL;
  return (char **)list;
}
