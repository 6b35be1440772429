#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most files are short, and memory that is touched costs more than one more read. */
enum { FIRST_CHUNK = 2048, CHUNK = 65536 };

int make_parents(const char *path)
{
  char folder[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof folder) return ENAMETOOLONG;
  memcpy(folder, path, length + 1);
  for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    /* A folder that exists may lie on a read-only mount: what matters is whether the file can be made. */
    if (mkdir(folder, 0777) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES) return errno;
    *slash = '/';
  }
  return 0;
}

static int open_to_write(const char *path, int flags)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0666);
  if (fd >= 0 || errno != ENOENT || make_parents(path) != 0) return fd;
  return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0666);
}

int write_all(int fd, const char *data, size_t length)
{
  while (length > 0) {
    ssize_t written = write(fd, data, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    data += written;
    length -= (size_t)written;
  }
  return 0;
}

static int write_and_close(int fd, const char *data, size_t length)
{
  int reason = write_all(fd, data, length);
  if (close(fd) != 0 && reason == 0) reason = errno;
  return reason;
}

static int append_file(const char *path, const char *text, size_t length)
{
  int fd = open_to_write(path, O_APPEND);
  return fd < 0 ? errno : write_and_close(fd, text, length);
}

/* In place, as git writes COMMIT_EDITMSG and FETCH_HEAD. */
static int overwrite_file(const char *path, const char *text, size_t length)
{
  int fd = open_to_write(path, O_TRUNC);
  return fd < 0 ? errno : write_and_close(fd, text, length);
}

static int apply_entry(struct json *json, size_t entry, const char *list, const char **path)
{
  if (strcmp(list, "unlink") == 0) {
    size_t length;
    *path = json_bytes(json, entry, &length);
    if (*path == NULL) return EINVAL;
    /* A folder goes when it is empty. */
    if (length > 0 && (*path)[length - 1] == '/') {
      rmdir(*path);
      return 0;
    }
    return unlink(*path) == 0 || errno == ENOENT ? 0 : errno;
  }
  if (strcmp(list, "rename") == 0) {
    *path = json_bytes(json, json_member(json, entry, "from"), NULL);
    const char *to = json_bytes(json, json_member(json, entry, "to"), NULL);
    if (*path == NULL || to == NULL) return EINVAL;
    return rename(*path, to) == 0 ? 0 : errno;
  }
  size_t length;
  *path = json_bytes(json, json_member(json, entry, "path"), NULL);
  const char *text = json_bytes(json, json_member(json, entry, "text"), &length);
  if (*path == NULL || text == NULL) return EINVAL;
  return strcmp(list, "append") == 0 ? append_file(*path, text, length) : overwrite_file(*path, text, length);
}

int apply_files(struct json *json, size_t object, const char **failed)
{
  static const char *const lists[] = { "append", "write", "rename", "unlink" };
  int first_reason = 0;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    size_t list = json_member(json, object, lists[i]);
    if (!json_is(json, list, JSON_ARRAY)) continue;
    for (size_t entry = list + 1; entry < json->values[list].next; entry = json->values[entry].next) {
      const char *path = NULL;
      int reason = apply_entry(json, entry, lists[i], &path);
      if (reason == 0 || first_reason != 0) continue;
      first_reason = reason;
      *failed = path == NULL ? lists[i] : path;
    }
  }
  return first_reason;
}

int read_file(const char *path, long long offset, size_t limit, struct bytes *content, bool *truncated)
{
  bool standard = strcmp(path, "-") == 0;
  int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return errno;
  *truncated = false;
  int reason = offset > 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0 ? errno : 0;
  while (reason == 0) {
    size_t room = content->length == 0 ? FIRST_CHUNK : CHUNK;
    bytes_reserve(content, room);
    ssize_t got = read(fd, content->data + content->length, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) reason = errno;
    if (got <= 0) break;
    content->length += (size_t)got;
    if (content->length > limit) {
      content->length = limit;
      *truncated = true;
      break;
    }
  }
  if (!standard) close(fd);
  return reason;
}
