#include "private-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "generated.h"

static const char folder[] = GITISO_GITDIR "/gitiso/";

/* `name` in the folder, or a name of this process when it is NULL. */
static void make_path(struct bytes *path, const char *name)
{
  bytes_text(path, folder);
  if (name == NULL) {
    bytes_text(path, "new-");
    bytes_number(path, getpid());
  } else {
    bytes_text(path, name);
  }
  bytes_add(path, "", 1);
}

bool private_read(const char *name, size_t limit, struct bytes *text)
{
  struct bytes path = { 0 };
  struct stat status;
  make_path(&path, name);
  int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  bytes_free(&path);
  if (fd < 0) return false;
  bool fits = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (unsigned long long)status.st_size <= limit;
  ssize_t got = 0;
  if (fits) {
    bytes_reserve(text, (size_t)status.st_size + 1);
    got = read(fd, text->data, (size_t)status.st_size);
    text->length = got < 0 ? 0 : (size_t)got;
    text->data[text->length] = '\0';
  }
  close(fd);
  return fits && got >= 0;
}

static bool move_into_place(const struct bytes *made, const char *path)
{
  if (rename(made->data, path) == 0) return true;
  unlink(made->data);
  return false;
}

bool place_file(const struct bytes *text, const char *path)
{
  struct bytes made = { 0 };
  make_path(&made, NULL);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  int fd = open(made.data, flags, 0666);
  if (fd < 0 && errno == ENOENT && mkdir(folder, 0777) == 0) fd = open(made.data, flags, 0666);
  bool placed = fd >= 0 && write_all(fd, text->data, text->length) == 0;
  if (fd >= 0 && close(fd) != 0) placed = false;
  if (placed) placed = move_into_place(&made, path);
  else if (fd >= 0) unlink(made.data);
  bytes_free(&made);
  return placed;
}

void private_write(const char *name, const struct bytes *text)
{
  struct bytes path = { 0 };
  make_path(&path, name);
  place_file(text, path.data);
  bytes_free(&path);
}

bool private_remove(const char *name)
{
  struct bytes path = { 0 };
  make_path(&path, name);
  bool existed = unlink(path.data) == 0;
  bytes_free(&path);
  return existed;
}

static bool make_link(const char *target, const char *path)
{
  if (symlink(target, path) == 0) return true;
  /* The folder is made when it is missed; a link that a killed process left is in the way. */
  bool again = errno == ENOENT ? mkdir(folder, 0777) == 0 : errno == EEXIST && unlink(path) == 0;
  return again && symlink(target, path) == 0;
}

bool place_link(const char *target, const char *path)
{
  struct bytes made = { 0 };
  make_path(&made, NULL);
  bool placed = make_link(target, made.data) && move_into_place(&made, path);
  bytes_free(&made);
  return placed;
}
