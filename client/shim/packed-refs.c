#include "packed-refs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char digits[] = "0123456789abcdef";

static void read_text(struct bytes *text, const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  struct stat status;
  ssize_t got = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 1 : 0;
  if (got > 0) bytes_reserve(text, (size_t)status.st_size + 1);
  while (got > 0) {
    bytes_reserve(text, 1);
    got = read(fd, text->data + text->length, text->capacity - text->length);
    if (got > 0) text->length += (size_t)got;
  }
  if (fd >= 0) close(fd);
  /* So that no search runs past the end. */
  bytes_add(text, "\n", 2);
  text->length--;
}

/* An id, one space, a name. False: the line is something else. */
static bool parse_line(const char *line, size_t length, struct packed_ref *ref)
{
  if (length < OID_HEX + 2 || strspn(line, digits) != OID_HEX || line[OID_HEX] != ' ') return false;
  ref->line = line;
  ref->name = line + OID_HEX + 1;
  ref->name_length = length - OID_HEX - 1;
  return memchr(ref->name, '\0', ref->name_length) == NULL;
}

void packed_refs_read(struct packed_refs *packed, const char *path)
{
  *packed = (struct packed_refs){ 0 };
  read_text(&packed->text, path);
  size_t capacity = packed->text.length / (OID_HEX + 2) + 1;
  packed->refs = allocate(capacity * sizeof *packed->refs);
  const char *end = packed->text.data + packed->text.length, *next;
  for (const char *line = packed->text.data; line < end; line = next) {
    next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
    size_t length = (size_t)(next - line) - 1;
    struct packed_ref *ref = &packed->refs[packed->count];
    if (line[0] == '#') packed->is_peeled |= memmem(line, length, " fully-peeled ", 14) != NULL;
    if (!parse_line(line, length, ref)) continue;
    if (next < end && next[0] == '^' && strspn(next + 1, digits) == OID_HEX && next[OID_HEX + 1] == '\n') {
      next += OID_HEX + 2;
    }
    ref->length = (size_t)(next - line);
    packed->count++;
  }
}

void packed_refs_free(struct packed_refs *packed)
{
  free(packed->refs);
  bytes_free(&packed->text);
}

static int compare_names(const void *left, const void *right)
{
  const struct packed_ref *a = left, *b = right;
  size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
  int order = memcmp(a->name, b->name, shorter);
  return order != 0 ? order : (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

const struct packed_ref *packed_refs_find(const struct packed_refs *packed, const char *name)
{
  const struct packed_ref wanted = { .name = name, .name_length = strlen(name) };
  for (size_t i = 0; i < packed->count; i++) {
    if (compare_names(&packed->refs[i], &wanted) == 0) return &packed->refs[i];
  }
  return NULL;
}

/* A line with its name, in a text that holds the whole of it. Neither: the end of a text, or no line of a ref. */
static bool read_line(const char *line, const char *end, struct packed_ref *ref)
{
  const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
  return newline != NULL && parse_line(line, (size_t)(newline - line), ref);
}

/* The first line after the one at the start of the text that may be a ref's; the end: it begins further on. */
static const char *next_line(const char *at, const char *end)
{
  do {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    if (newline == NULL) return end;
    at = newline + 1;
  } while (at < end && *at == '^');
  return at;
}

enum search { FOUND, ABSENT, UNCLEAR };

static enum search copy_id(const struct packed_ref *ref, char id[OID_HEX + 1])
{
  memcpy(id, ref->line, OID_HEX);
  id[OID_HEX] = '\0';
  return FOUND;
}

/* Of the lines that begin at `low`, where one does, or after it and before `high`. */
static enum search search_sorted(int fd, off_t low, off_t high, const char *name, char id[OID_HEX + 1])
{
  enum { BLOCK = 4096, LONGEST_LINE = 4352 };
  static char text[BLOCK + LONGEST_LINE];
  const struct packed_ref wanted = { .name = name, .name_length = strlen(name) };
  struct packed_ref ref;
  while (high - low > BLOCK) {
    off_t middle = low + (high - low) / 2;
    ssize_t got = pread(fd, text, sizeof text, middle);
    if (got <= 0) return UNCLEAR;
    const char *end = text + got, *line = next_line(text, end);
    off_t start = middle + (line - text);
    if (start >= high) high = middle + 1;
    else if (!read_line(line, end, &ref)) return UNCLEAR;
    else if (compare_names(&wanted, &ref) < 0) high = start;
    else low = start;
  }
  ssize_t got = pread(fd, text, sizeof text, low);
  const char *end = text + (got < 0 ? 0 : got);
  for (const char *line = text; line < end && line - text < high - low; line = next_line(line, end)) {
    if (!read_line(line, end, &ref)) return UNCLEAR;
    int order = compare_names(&wanted, &ref);
    if (order < 0) return ABSENT;
    if (order == 0) return copy_id(&ref, id);
  }
  return got < 0 ? UNCLEAR : ABSENT;
}

/* Where the refs begin, when git says that they are sorted; -1: it does not. */
static off_t sorted_start(int fd)
{
  char line[256];
  ssize_t got = pread(fd, line, sizeof line, 0);
  const char *end = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
  if (end == NULL || line[0] != '#' || memmem(line, (size_t)(end - line), " sorted ", 8) == NULL) return -1;
  return end + 1 - line;
}

static bool search_all(const char *path, const char *name, char id[OID_HEX + 1])
{
  struct packed_refs packed;
  packed_refs_read(&packed, path);
  const struct packed_ref *ref = packed_refs_find(&packed, name);
  bool is_found = ref != NULL && copy_id(ref, id) == FOUND;
  packed_refs_free(&packed);
  return is_found;
}

bool packed_refs_look_up(const char *path, const char *name, char id[OID_HEX + 1])
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return false;
  struct stat status;
  off_t start = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? sorted_start(fd) : -1;
  enum search result = start < 0 ? UNCLEAR : search_sorted(fd, start, status.st_size, name, id);
  close(fd);
  return result == UNCLEAR ? search_all(path, name, id) : result == FOUND;
}

static bool begins(const char *name, size_t length, const char *prefix)
{
  size_t prefix_length = strlen(prefix);
  return length > prefix_length && memcmp(name, prefix, prefix_length) == 0;
}

bool is_shared_ref(const char *name, size_t length)
{
  return begins(name, length, "refs/heads/") || begins(name, length, "refs/tags/");
}

/* Keeps the refs that belong in the view from this side, in order. */
static void keep(struct packed_refs *packed, bool is_shared, bool import)
{
  size_t kept = 0;
  bool is_sorted = true;
  for (size_t i = 0; i < packed->count; i++) {
    const struct packed_ref ref = packed->refs[i];
    bool wanted = is_shared_ref(ref.name, ref.name_length) == is_shared;
    if (is_shared && import) wanted |= begins(ref.name, ref.name_length, "refs/remotes/");
    if (!wanted) continue;
    if (kept > 0 && compare_names(&packed->refs[kept - 1], &ref) >= 0) is_sorted = false;
    packed->refs[kept++] = ref;
  }
  packed->count = kept;
  if (!is_sorted) qsort(packed->refs, kept, sizeof *packed->refs, compare_names);
}

void packed_refs_merge(struct bytes *merged, struct packed_refs *shared, struct packed_refs *view, bool import)
{
  keep(shared, true, import);
  keep(view, false, false);
  bool is_peeled = (shared->count == 0 || shared->is_peeled) && (view->count == 0 || view->is_peeled);
  bytes_reserve(merged, shared->text.length + view->text.length + 64);
  bytes_text(merged, is_peeled ? "# pack-refs with: peeled fully-peeled sorted \n" : "# pack-refs with: sorted \n");
  const struct packed_ref *last = NULL;
  for (size_t i = 0, j = 0; i < shared->count || j < view->count;) {
    bool from_shared = j == view->count ||
                       (i < shared->count && compare_names(&shared->refs[i], &view->refs[j]) < 0);
    const struct packed_ref *ref = from_shared ? &shared->refs[i++] : &view->refs[j++];
    /* Of two of one name the first counts, which is the agent's. */
    if (last == NULL || compare_names(last, ref) != 0) bytes_add(merged, ref->line, ref->length);
    last = ref;
  }
}
