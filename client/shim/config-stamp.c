#include "config-stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated.h"

extern char **environ;

/* Of a longer file its time counts. */
enum { LIMIT_BYTES = 16384 };

static const uint64_t first_hash = 0xcbf29ce484222325ULL;

/* FNV-1a, 64 bit. */
static void hash_bytes(uint64_t *hash, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++) *hash = (*hash ^ (unsigned char)bytes[i]) * 0x100000001b3ULL;
}

/* The ending NUL counts, so that "a" "b" is not "ab". */
static void hash_text(uint64_t *hash, const char *text)
{
  hash_bytes(hash, text, strlen(text) + 1);
}

static bool hash_option(void *context, char **option, int count)
{
  if (strncmp(option[0], "--config-env", strlen("--config-env")) == 0) return false;
  if (strcmp(option[0], "-c") == 0 && count == 2) hash_text(context, option[1]);
  return true;
}

static bool hash_settings(uint64_t *hash, const struct command_line *line)
{
  static const char *const names[] = { "GIT_CONFIG_", "HOME=", "XDG_CONFIG_HOME=" };
  for (char **entry = environ; *entry != NULL; entry++) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      if (strncmp(*entry, names[i], strlen(names[i])) == 0) hash_text(hash, *entry);
    }
  }
  return each_git_option(line, hash_option, hash);
}

/* git writes the file anew with the same text whenever a branch is deleted. False: it is too long, or can not be read. */
static bool add_content(struct bytes *stamp, const char *path, const struct stat *status)
{
  char text[LIMIT_BYTES];
  if (!S_ISREG(status->st_mode) || status->st_size >= LIMIT_BYTES) return false;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
  if (fd >= 0) close(fd);
  if (length < 0 || length == LIMIT_BYTES) return false;
  uint64_t hash = first_hash;
  hash_bytes(&hash, text, (size_t)length);
  bytes_text(stamp, "=");
  bytes_number(stamp, (long long)hash);
  return true;
}

static void add_times(struct bytes *stamp, const struct stat *status)
{
  bytes_number(stamp, status->st_mtim.tv_sec);
  bytes_text(stamp, ".");
  bytes_number(stamp, status->st_mtim.tv_nsec);
  bytes_text(stamp, ":");
  bytes_number(stamp, status->st_size);
  bytes_text(stamp, ":");
  bytes_number(stamp, (long long)status->st_ino);
}

/* `folder` may be NULL: then there is no such file. False: the file is there but cannot be looked at. */
static bool add_file(struct bytes *stamp, const char *folder, const char *name)
{
  struct stat status;
  if (folder != NULL && *folder != '\0') {
    struct bytes path = { 0 };
    bytes_text(&path, folder);
    bytes_add(&path, name, strlen(name) + 1);
    bool exists = stat(path.data, &status) == 0;
    bool is_unknown = !exists && errno != ENOENT && errno != ENOTDIR && errno != EACCES;
    if (exists && !add_content(stamp, path.data, &status)) add_times(stamp, &status);
    bytes_free(&path);
    if (is_unknown) return false;
  }
  bytes_text(stamp, " ");
  return true;
}

void add_config_stamp(struct bytes *stamp, const struct command_line *line)
{
  size_t start = stamp->length;
  uint64_t hash = first_hash;
  const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");
  bool known = hash_settings(&hash, line) && add_file(stamp, "/etc", "/gitconfig") &&
               /* The system's configuration of a git that was built there. */
               add_file(stamp, "/usr/local/etc", "/gitconfig") &&
               (xdg != NULL && *xdg != '\0' ? add_file(stamp, xdg, "/git/config")
                                            : add_file(stamp, home, "/.config/git/config")) &&
               add_file(stamp, home, "/.gitconfig") && add_file(stamp, getenv("GIT_CONFIG_SYSTEM"), "") &&
               add_file(stamp, getenv("GIT_CONFIG_GLOBAL"), "") && add_file(stamp, GITISO_GITDIR, "/config") &&
               add_file(stamp, GITISO_GITDIR, "/config.worktree");
  if (known) bytes_number(stamp, (long long)hash);
  else stamp->length = start;
}
