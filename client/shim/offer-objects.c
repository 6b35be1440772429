#include "offer-objects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inflate.h"
#include "loose-object.h"
#include "packed-refs.h"

enum { MAX_OBJECTS = 200, MAX_BYTES = 1 << 20, MAX_CONTENT = 4 << 20, MAX_SEEN = 1 << 15, SLOTS = MAX_SEEN * 2, OID_RAW = 20 };

struct walk {
  struct bytes *list;
  int quarantine;
  size_t count;
  struct bytes left; /* Ids that are to be looked at. */
  /* Ids that were ever put there: an open hash table of positions in `seen`, counted from 1. */
  struct bytes seen;
  unsigned short *slots;
  bool is_too_much;
};

static bool is_id(const char *text)
{
  return strspn(text, "0123456789abcdef") >= OID_HEX;
}

static void visit(struct walk *walk, const char *id)
{
  char digits[9] = "";
  memcpy(digits, id, 8);
  size_t slot = strtoul(digits, NULL, 16) % SLOTS;
  for (; walk->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
    if (memcmp(walk->seen.data + (size_t)(walk->slots[slot] - 1) * OID_HEX, id, OID_HEX) == 0) return;
  }
  if (walk->seen.length / OID_HEX >= MAX_SEEN - 1) {
    walk->is_too_much = true;
    return;
  }
  bytes_add(&walk->seen, id, OID_HEX);
  walk->slots[slot] = (unsigned short)(walk->seen.length / OID_HEX);
  bytes_add(&walk->left, id, OID_HEX);
}

/* The headers of a commit or a tag that name objects. The text ends with a NUL. */
static void visit_headers(struct walk *walk, const char *text)
{
  static const char *const names[] = { "tree ", "parent ", "object " };
  while (*text != '\0' && *text != '\n') {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      size_t length = strlen(names[i]);
      if (strncmp(text, names[i], length) == 0 && is_id(text + length)) visit(walk, text + length);
    }
    const char *end = strchr(text, '\n');
    if (end == NULL) return;
    text = end + 1;
  }
}

/* `<mode> <name>` NUL and the id, 20 bytes; a submodule's commit is not in here. */
static void visit_entries(struct walk *walk, const char *at, const char *end)
{
  static const char hex[] = "0123456789abcdef";
  while (at < end) {
    const char *zero = memchr(at, '\0', (size_t)(end - at));
    if (zero == NULL || end - zero <= OID_RAW) return;
    char id[OID_HEX + 1] = "";
    for (int i = 0; i < OID_RAW; i++) {
      id[2 * i] = hex[(unsigned char)zero[1 + i] >> 4];
      id[2 * i + 1] = hex[(unsigned char)zero[1 + i] & 15];
    }
    if (strncmp(at, "160000 ", 7) != 0) visit(walk, id);
    at = zero + 1 + OID_RAW;
  }
}

static bool is_blob(const struct bytes *file)
{
  static const char kind[] = "blob ";
  struct bytes start = { 0 };
  inflate(file, strlen(kind), &start);
  bool is_kind = start.length == strlen(kind) && memcmp(start.data, kind, strlen(kind)) == 0;
  bytes_free(&start);
  return is_kind;
}

/* What the object names. False: it can not be told. */
static bool visit_named(struct walk *walk, const struct bytes *file)
{
  struct bytes content = { 0 };
  bool is_whole = inflate(file, MAX_CONTENT, &content);
  bytes_add(&content, "", 1);
  const char *body = content.data + strlen(content.data) + 1, *end = content.data + content.length - 1;
  if (is_whole && body < end) {
    if (strncmp(content.data, "tree ", 5) == 0) visit_entries(walk, body, end);
    else visit_headers(walk, body);
  }
  bytes_free(&content);
  return is_whole;
}

static void add(struct walk *walk, const char *id)
{
  struct bytes file = { 0 };
  /* Where there is none, the repository has it, or it is in a pack. What was taken before may still lie here. */
  if (read_loose(walk->quarantine, id, MAX_BYTES, &file) && !is_loose_in_shared(id)) {
    add_loose(walk->list, id, &file);
    bool fits = ++walk->count <= MAX_OBJECTS && walk->list->length <= MAX_BYTES;
    if (!fits || (!is_blob(&file) && !visit_named(walk, &file))) walk->is_too_much = true;
  }
  bytes_free(&file);
}

void offer_objects(struct bytes *list, const struct bytes *ids)
{
  struct walk walk = { .list = list, .quarantine = open_quarantine() };
  if (walk.quarantine < 0) return;
  walk.slots = calloc(SLOTS, sizeof *walk.slots);
  for (size_t i = 0; walk.slots != NULL && i < ids->length; i += OID_HEX) visit(&walk, ids->data + i);
  while (walk.left.length > 0 && !walk.is_too_much) {
    char id[OID_HEX + 1] = "";
    walk.left.length -= OID_HEX;
    memcpy(id, walk.left.data + walk.left.length, OID_HEX);
    add(&walk, id);
  }
  if (walk.is_too_much) list->length = 0;
  close(walk.quarantine);
  free(walk.slots);
  bytes_free(&walk.left);
  bytes_free(&walk.seen);
}
