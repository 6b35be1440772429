#include "workspace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask-git.h"
#include "generated.h"
#include "real-git.h"

bool has_gitiso(void)
{
  return access(GITISO_RUN, F_OK) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_at(const struct stat *status, const char *path)
{
  struct stat other;
  return stat(path, &other) == 0 && is_same(status, &other);
}

/* The first line of a small file behind `prefix`; false: it is not there, or is something else. */
static bool read_line(const char *path, const char *prefix, char line[PATH_MAX])
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t got = fd < 0 ? -1 : read(fd, line, PATH_MAX - 1);
  if (fd >= 0) close(fd);
  if (got <= 0) return false;
  line[got] = '\0';
  line[strcspn(line, "\n")] = '\0';
  size_t length = strlen(prefix);
  if (strncmp(line, prefix, length) != 0) return false;
  memmove(line, line + length, strlen(line + length) + 1);
  return line[0] != '\0';
}

/* The path as seen from `folder`, whose first `length` bytes count. */
static bool resolve(const char *folder, size_t length, const char *path, char resolved[PATH_MAX])
{
  size_t used = path[0] == '/' ? 0 : length + 1, rest = strlen(path);
  if (used + rest >= PATH_MAX) return false;
  if (used > 0) {
    memcpy(resolved, folder, length);
    resolved[length] = '/';
  }
  memcpy(resolved + used, path, rest + 1);
  return true;
}

/* What a git directory is; also named by a file as linked work trees have it. */
static enum place place_of(const char *path)
{
  char target[PATH_MAX], resolved[PATH_MAX];
  struct stat status;
  if (stat(path, &status) != 0) return PLACE_ELSEWHERE;
  if (!S_ISDIR(status.st_mode)) {
    const char *slash = strrchr(path, '/');
    bool is_named = read_line(path, "gitdir: ", target) &&
                    resolve(slash == NULL ? "." : path, slash == NULL ? 1 : (size_t)(slash - path), target, resolved);
    if (!is_named || stat(resolved, &status) != 0 || !S_ISDIR(status.st_mode)) return PLACE_ELSEWHERE;
    path = resolved;
  }
  if (is_at(&status, GITISO_GITDIR)) return PLACE_WORKSPACE;
  char common[PATH_MAX], file[PATH_MAX];
  if (!resolve(path, strlen(path), "commondir", file) || !read_line(file, "", target)) return PLACE_ELSEWHERE;
  bool is_linked = resolve(path, strlen(path), target, common) && stat(common, &status) == 0 &&
                   is_at(&status, GITISO_GITDIR);
  return is_linked ? PLACE_BESIDE : PLACE_ELSEWHERE;
}

enum place place_of_repository(const char *path)
{
  char below[PATH_MAX];
  if (resolve(path, strlen(path), ".git", below)) {
    enum place place = place_of(below);
    if (place != PLACE_ELSEWHERE) return place;
  }
  return place_of(path);
}

/* Appends to the path, which has room for it, looks, and restores it. */
static bool exists_below(char *path, size_t length, const char *name)
{
  struct stat status;
  strcpy(path + length, name);
  bool exists = lstat(path, &status) == 0;
  path[length] = '\0';
  return exists;
}

static bool is_git_directory(char *path, size_t length)
{
  if (!exists_below(path, length, "/HEAD")) return false;
  if (exists_below(path, length, "/commondir")) return true;
  return exists_below(path, length, "/objects") && exists_below(path, length, "/refs");
}

/*
 * Whether git's search would stop at this folder, whose git directory `path` then is; a .git folder that is no git
 * directory does not stop it.
 */
static bool has_repository(char *path, size_t length)
{
  struct stat status;
  strcpy(path + length, "/.git");
  if (stat(path, &status) == 0) {
    if (!S_ISDIR(status.st_mode) || is_git_directory(path, length + strlen("/.git"))) return true;
  }
  path[length] = '\0';
  return is_git_directory(path, length);
}

/* Walks up as git does: to the first repository, not across file systems. */
static enum place discover(void)
{
  char path[PATH_MAX + sizeof "/.git/commondir"];
  struct stat here, parent;
  if (getcwd(path, PATH_MAX) == NULL || stat(path, &here) != 0) return PLACE_ELSEWHERE;
  size_t length = strlen(path);
  for (;;) {
    if (length == 1) length = 0; /* "/" */
    path[length] = '\0';
    if (has_repository(path, length)) {
      enum place place = place_of(path);
      bool is_inside = path[length] == '\0';
      return place == PLACE_WORKSPACE && is_inside ? PLACE_BESIDE : place;
    }
    if (length == 0) return PLACE_ELSEWHERE;
    while (path[length - 1] != '/') length--;
    if (length > 1) length--;
    path[length] = '\0';
    if (stat(path, &parent) != 0 || parent.st_dev != here.st_dev) return PLACE_ELSEWHERE;
    here = parent;
  }
}

static enum place ask_place(const struct command_line *line)
{
  static const char *const question[] = { "rev-parse", "--absolute-git-dir", NULL };
  const char *git = find_real_git();
  struct bytes answer = { 0 };
  enum place place = PLACE_ELSEWHERE;
  if (git != NULL && ask_git(line, git, question, &answer)) {
    answer.data[strcspn(answer.data, "\n")] = '\0';
    place = place_of(answer.data);
  }
  bytes_free(&answer);
  return place;
}

/* The way from `top` down to the current folder; empty when it is not below. */
static void find_prefix(const char *top, char prefix[PATH_MAX])
{
  char path[PATH_MAX];
  struct stat wanted, here;
  prefix[0] = '\0';
  if (getcwd(path, sizeof path) == NULL || stat(top, &wanted) != 0) return;
  size_t whole = strlen(path), length = whole;
  char rest[PATH_MAX];
  memcpy(rest, path, whole + 1);
  while (stat(path, &here) == 0 && !is_same(&here, &wanted)) {
    if (length == 1) return;
    while (path[length - 1] != '/') length--;
    if (length > 1) length--;
    path[length] = '\0';
  }
  if (length == whole || whole + 1 >= PATH_MAX) return;
  size_t start = length == 1 ? 1 : length + 1;
  memcpy(prefix, rest + start, whole - start);
  memcpy(prefix + whole - start, "/", 2);
}

enum place find_place(const struct command_line *line, char prefix[PATH_MAX])
{
  const char *git_dir = line->git_dir != NULL ? line->git_dir : getenv("GIT_DIR");
  const char *work_tree = line->work_tree != NULL ? line->work_tree : getenv("GIT_WORK_TREE");
  if (git_dir == NULL && line->bare) git_dir = ".";

  enum place place;
  if (git_dir != NULL) place = place_of(git_dir);
  else if (getenv("GIT_CEILING_DIRECTORIES") != NULL || getenv("GIT_DISCOVERY_ACROSS_FILESYSTEM") != NULL) {
    place = ask_place(line);
  } else {
    place = discover();
  }

  /* With a git directory but no work tree named, the current folder is its top. */
  prefix[0] = '\0';
  if (place != PLACE_WORKSPACE) return place;
  if (work_tree != NULL) find_prefix(work_tree, prefix);
  else if (git_dir == NULL) find_prefix(GITISO_WORKSPACE, prefix);
  return place;
}
