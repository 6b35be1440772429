#include "real-git.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated.h"
#include "message.h"

/* A file bigger than this is no shim: the common case is decided without opening it. */
#ifndef SHIM_LIMIT_BYTES
#define SHIM_LIMIT_BYTES (1 << 20)
#endif

/* Part of every build of the shim, so that copies of it know each other. */
static const char shim_mark[] = "gitiso shim 5d1b0c0e-2f53-4a0f-9a36-5f6f1a3c7e11";

static const char *const usual_folders[] = { "/usr/bin", "/usr/local/bin", "/bin", "/usr/lib/git-core", NULL };

static bool holds_mark(const char *path, size_t size)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool found = false;
  char *text = malloc(size);
  if (text != NULL) {
    ssize_t got = read(fd, text, size);
    found = got > 0 && memmem(text, (size_t)got, shim_mark, sizeof shim_mark) != NULL;
    free(text);
  }
  close(fd);
  return found;
}

static bool is_shim(const char *path, const struct stat *status)
{
  if (status->st_size > SHIM_LIMIT_BYTES) return false;
  struct stat self;
  const char *name = (const char *)getauxval(AT_EXECFN);
  if (name != NULL && stat(name, &self) == 0 && self.st_dev == status->st_dev && self.st_ino == status->st_ino) {
    return true;
  }
  return holds_mark(path, (size_t)status->st_size);
}

static bool is_real_git(const char *folder, size_t length, char path[PATH_MAX])
{
  static const char name[] = "/git";
  if (length + sizeof name > PATH_MAX) return false;
  if (length == strlen(GITISO_BIN) && memcmp(folder, GITISO_BIN, length) == 0) return false;
  memcpy(path, folder, length);
  memcpy(path + length, name, sizeof name);

  struct stat status;
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) return false;
  return !is_shim(path, &status);
}

const char *find_real_git(void)
{
  static char path[PATH_MAX];
  const char *search = getenv("PATH");
  while (search != NULL && *search != '\0') {
    size_t length = strcspn(search, ":");
    /* An empty entry is the current folder. */
    if (length == 0 ? is_real_git(".", 1, path) : is_real_git(search, length, path)) return path;
    search += length + (search[length] == ':');
  }
  for (const char *const *folder = usual_folders; *folder != NULL; folder++) {
    if (is_real_git(*folder, strlen(*folder), path)) return path;
  }
  return NULL;
}

void exec_real_git(char *const *argv)
{
  const char *path = find_real_git();
  if (path == NULL) {
    fail(EXIT_NO_PROGRAM,
         "no git found in this image (looked in PATH and /usr/bin, /usr/local/bin, /bin, /usr/lib/git-core)",
         "install git in the image; gitiso only stands in front of it");
  }
  execv(path, argv);
  fail(EXIT_NO_PROGRAM, "the git of this image cannot be started", path);
}
