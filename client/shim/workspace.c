#include "workspace.h"

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

/* Whether a value of GIT_DIR means the workspace's git directory. */
static bool names_gitdir(const char *path)
{
  struct stat status;
  if (stat(path, &status) != 0) return false;
  return is_at(&status, S_ISDIR(status.st_mode) ? GITISO_GITDIR : GITISO_DOT_GIT);
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

/* Whether git's search would stop at this folder; a .git folder that is no git directory does not stop it. */
static bool has_repository(char *path, size_t length)
{
  struct stat status;
  strcpy(path + length, "/.git");
  bool exists = stat(path, &status) == 0;
  bool stops = exists && (!S_ISDIR(status.st_mode) || is_git_directory(path, length + strlen("/.git")));
  path[length] = '\0';
  return stops || is_git_directory(path, length);
}

/* Walks up as git does: to the first repository, not across file systems. */
static bool is_discovered(void)
{
  char path[PATH_MAX + sizeof "/.git/commondir"];
  struct stat here, parent;
  if (getcwd(path, PATH_MAX) == NULL || stat(path, &here) != 0) return false;
  size_t length = strlen(path);
  for (;;) {
    if (length == 1) length = 0; /* "/" */
    path[length] = '\0';
    if (has_repository(path, length)) return is_at(&here, GITISO_WORKSPACE) || is_at(&here, GITISO_GITDIR);
    if (length == 0) return false;
    while (path[length - 1] != '/') length--;
    if (length > 1) length--;
    path[length] = '\0';
    if (stat(path, &parent) != 0 || parent.st_dev != here.st_dev) return false;
    here = parent;
  }
}

static bool git_says_so(const struct command_line *line)
{
  static const char *const question[] = { "rev-parse", "--absolute-git-dir", NULL };
  const char *git = find_real_git();
  struct bytes answer = { 0 };
  bool managed = git != NULL && ask_git(line, git, question, &answer);
  if (managed) {
    answer.data[strcspn(answer.data, "\n")] = '\0';
    managed = names_gitdir(answer.data);
  }
  bytes_free(&answer);
  return managed;
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

bool in_workspace(const struct command_line *line, char prefix[PATH_MAX])
{
  const char *git_dir = line->git_dir != NULL ? line->git_dir : getenv("GIT_DIR");
  const char *work_tree = line->work_tree != NULL ? line->work_tree : getenv("GIT_WORK_TREE");
  if (git_dir == NULL && line->bare) git_dir = ".";

  bool managed;
  if (git_dir != NULL) managed = names_gitdir(git_dir);
  else if (getenv("GIT_CEILING_DIRECTORIES") != NULL || getenv("GIT_DISCOVERY_ACROSS_FILESYSTEM") != NULL) {
    managed = git_says_so(line);
  } else {
    managed = is_discovered();
  }
  if (!managed) return false;

  /* With a git directory but no work tree named, the current folder is its top. */
  prefix[0] = '\0';
  if (work_tree != NULL) find_prefix(work_tree, prefix);
  else if (git_dir == NULL) find_prefix(GITISO_WORKSPACE, prefix);
  return true;
}
