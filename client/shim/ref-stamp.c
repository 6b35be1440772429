#include "ref-stamp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "private-files.h"

/* The clock of file systems ticks at least every 10 ms. */
enum { SETTLED_NS = 20000000, LIMIT_BYTES = 64 << 20, SECOND_NS = 1000000000 };

static const char first_line[] = "gitiso ref view 1\n";
static const char path[] = "refs-stamp";

static bool read_number(char **at, long long *number)
{
  char *end;
  *number = strtoll(*at, &end, 10);
  if (end == *at || *end != ' ') return false;
  *at = end + 1;
  return true;
}

static bool read_file_stamp(char **at, struct file_stamp *stamp)
{
  return read_number(at, &stamp->time) && read_number(at, &stamp->size) && read_number(at, &stamp->inode);
}

/* Of refs/heads or refs/tags, or below. */
static bool is_folder(const char *name)
{
  if (strncmp(name, "heads", 5) != 0 && strncmp(name, "tags", 4) != 0) return false;
  return strstr(name, "..") == NULL && strstr(name, "//") == NULL && strlen(name) < PATH_LIMIT;
}

static void append(struct ref_stamp *stamp, struct ref_folder folder)
{
  if (stamp->count == stamp->capacity) {
    stamp->capacity = stamp->capacity == 0 ? 32 : stamp->capacity * 2;
    struct ref_folder *grown = allocate(stamp->capacity * sizeof *grown);
    if (stamp->count > 0) memcpy(grown, stamp->folders, stamp->count * sizeof *grown);
    free(stamp->folders);
    stamp->folders = grown;
  }
  stamp->folders[stamp->count++] = folder;
}

/* `<shared> <view> <path>` on each line. */
static bool read_folders(struct ref_stamp *stamp, char *at)
{
  while (*at != '\0') {
    struct ref_folder folder = { .is_blocked = false };
    if (!read_number(&at, &folder.shared) || !read_number(&at, &folder.view)) return false;
    char *end = strchr(at, '\n');
    if (end == NULL) return false;
    *end = '\0';
    folder.path = at;
    bool in_order = stamp->count == 0 || strcmp(stamp->folders[stamp->count - 1].path, at) < 0;
    if (!is_folder(at) || !in_order) return false;
    append(stamp, folder);
    at = end + 1;
  }
  return true;
}

void ref_stamp_read(struct ref_stamp *stamp)
{
  *stamp = (struct ref_stamp){ 0 };
  stamp->exists = private_read(path, LIMIT_BYTES, &stamp->text);
  if (!stamp->exists) return;
  char *at = stamp->text.data;
  size_t length = strlen(first_line);
  bool valid = strncmp(at, first_line, length) == 0;
  at += valid ? length : 0;
  valid = valid && read_file_stamp(&at, &stamp->shared) && read_file_stamp(&at, &stamp->view) && *at++ == '\n';
  if (valid && read_folders(stamp, at)) {
    stamp->known = stamp->count;
    return;
  }
  stamp->count = 0;
  stamp->shared = stamp->view = (struct file_stamp){ 0 };
}

static int compare_folders(const void *a, const void *b)
{
  return strcmp(((const struct ref_folder *)a)->path, ((const struct ref_folder *)b)->path);
}

bool ref_stamp_add(struct ref_stamp *stamp, const char *name)
{
  const struct ref_folder wanted = { .path = name };
  if (stamp->known > 0 &&
      bsearch(&wanted, stamp->folders, stamp->known, sizeof wanted, compare_folders) != NULL) {
    return false;
  }
  append(stamp, wanted);
  return true;
}

static void add_numbers(struct bytes *text, const long long *numbers, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    bytes_number(text, numbers[i]);
    bytes_text(text, " ");
  }
}

void ref_stamp_write(struct ref_stamp *stamp)
{
  struct bytes text = { 0 };
  const struct file_stamp *shared = &stamp->shared, *view = &stamp->view;
  bytes_text(&text, first_line);
  add_numbers(&text,
              (long long[]){ shared->time, shared->size, shared->inode, view->time, view->size, view->inode }, 6);
  bytes_text(&text, "\n");
  qsort(stamp->folders, stamp->count, sizeof *stamp->folders, compare_folders);
  for (size_t i = 0; i < stamp->count; i++) {
    const struct ref_folder *folder = &stamp->folders[i];
    if (folder->shared == TIME_ABSENT && folder->view == TIME_ABSENT) continue;
    add_numbers(&text, (long long[]){ folder->shared, folder->view }, 2);
    bytes_text(&text, folder->path);
    bytes_text(&text, "\n");
  }
  private_write(path, &text);
  bytes_free(&text);
}

/* Paths that were added stay: one process looks once. */
void ref_stamp_free(struct ref_stamp *stamp)
{
  free(stamp->folders);
  bytes_free(&stamp->text);
}

long long settled_time(const struct stat *status)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  long long time_ns = status->st_mtim.tv_sec * (long long)SECOND_NS + status->st_mtim.tv_nsec;
  long long now_ns = now.tv_sec * (long long)SECOND_NS + now.tv_nsec;
  return now_ns - time_ns < SETTLED_NS ? TIME_UNKNOWN : time_ns;
}
