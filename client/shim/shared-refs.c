#include "shared-refs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "generated.h"
#include "private-files.h"

/* Both sides hold a ref at the same path. The result is to be freed. */
static char *path_of(const char *side, const char *ref, const char *end)
{
  struct bytes path = { 0 };
  bytes_text(&path, side);
  bytes_text(&path, "/");
  bytes_text(&path, ref);
  bytes_add(&path, end, strlen(end) + 1);
  return path.data;
}

bool read_loose_ref(int folder, const char *path, struct ref_value *value)
{
  int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return false;
  struct stat status;
  char text[OID_HEX + 2] = "";
  ssize_t got = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? read(fd, text, OID_HEX + 1) : -1;
  close(fd);
  if (got < OID_HEX || strspn(text, "0123456789abcdef") != OID_HEX) return false;
  if (got > OID_HEX && strchr(" \t\r\n", text[OID_HEX]) == NULL) return false;
  memcpy(value->id, text, OID_HEX);
  value->id[OID_HEX] = '\0';
  value->changed = status.st_mtim;
  return true;
}

bool read_shared_ref(const char *ref, struct ref_value *value)
{
  char *path = path_of(GITISO_SHARED, ref, "");
  bool found = read_loose_ref(AT_FDCWD, path, value);
  free(path);
  if (found) return true;
  *value = (struct ref_value){ 0 };
  return packed_refs_look_up(GITISO_SHARED "/packed-refs", ref, value->id);
}

bool is_ref_shared(const char *ref)
{
  struct ref_value value;
  return read_shared_ref(ref, &value);
}

/* There, but out of reach: a disk that fails, say. */
static bool is_unreadable(const char *path)
{
  char first;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return errno != ENOENT && errno != ENOTDIR;
  bool failed = read(fd, &first, 1) < 0 && errno != EISDIR;
  close(fd);
  return failed;
}

bool may_be_shared(const char *ref)
{
  if (is_ref_shared(ref)) return true;
  char *path = path_of(GITISO_SHARED, ref, "");
  bool may_be = is_unreadable(path) || is_unreadable(GITISO_SHARED "/packed-refs");
  free(path);
  return may_be;
}

bool is_ref_own(const char *ref)
{
  struct stat status;
  char *path = path_of(GITISO_GITDIR, ref, "");
  bool found = lstat(path, &status) == 0;
  free(path);
  char id[OID_HEX + 1];
  return found || packed_refs_look_up(GITISO_GITDIR "/packed-refs", ref, id);
}

bool is_ref_locked(const char *ref)
{
  char *lock = path_of(GITISO_GITDIR, ref, ".lock");
  bool locked = access(lock, F_OK) == 0;
  free(lock);
  return locked;
}

bool link_shared_ref(const char *ref)
{
  if (!is_shared_ref(ref, strlen(ref)) || strstr(ref, "..") != NULL) return false;
  struct stat status;
  char *target = path_of(GITISO_SHARED, ref, ""), *path = path_of(GITISO_GITDIR, ref, "");
  bool is_loose = access(target, F_OK) == 0;
  bool is_file = lstat(path, &status) == 0 && S_ISREG(status.st_mode);
  if (is_loose && is_file && !is_ref_locked(ref)) place_link(target, path);
  if (is_loose && !is_file && symlink(target, path) != 0 && errno == ENOENT && make_parents(path) == 0) {
    int made = symlink(target, path);
    (void)made; /* Otherwise the next look at the refs is enough. */
  }
  free(target);
  free(path);
  return is_loose;
}

void drop_own_ref(const char *ref)
{
  char *path = path_of(GITISO_GITDIR, ref, "");
  unlink(path);
  free(path);
}

bool is_symbolic_ref(const char *ref)
{
  char text[5] = "", *path = path_of(GITISO_GITDIR, ref, "");
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  free(path);
  bool is_symbolic = fd >= 0 && read(fd, text, 4) == 4 && strcmp(text, "ref:") == 0;
  if (fd >= 0) close(fd);
  return is_symbolic;
}
