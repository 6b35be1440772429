#include "config-stamp.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "generated.h"

extern char **environ;

/* FNV-1a, 64 bit. The ending NUL counts, so that "a" "b" is not "ab". */
static void hash_text(uint64_t *hash, const char *text)
{
  do {
    *hash = (*hash ^ (unsigned char)*text) * 0x100000001b3ULL;
  } while (*text++ != '\0');
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

/* `folder` may be NULL: then there is no such file. False: the file is there but cannot be looked at. */
static bool add_file(struct bytes *stamp, const char *folder, const char *name)
{
  struct stat status;
  bool exists = false;
  if (folder != NULL && *folder != '\0') {
    struct bytes path = { 0 };
    bytes_text(&path, folder);
    bytes_add(&path, name, strlen(name) + 1);
    exists = stat(path.data, &status) == 0;
    bytes_free(&path);
    if (!exists && errno != ENOENT && errno != ENOTDIR && errno != EACCES) return false;
  }
  if (exists) {
    bytes_number(stamp, status.st_mtim.tv_sec);
    bytes_text(stamp, ".");
    bytes_number(stamp, status.st_mtim.tv_nsec);
    bytes_text(stamp, ":");
    bytes_number(stamp, status.st_size);
    bytes_text(stamp, ":");
    bytes_number(stamp, (long long)status.st_ino);
  }
  bytes_text(stamp, " ");
  return true;
}

void add_config_stamp(struct bytes *stamp, const struct command_line *line)
{
  size_t start = stamp->length;
  uint64_t hash = 0xcbf29ce484222325ULL;
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
