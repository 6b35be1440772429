#include "single-hook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "generated.h"
#include "listing.h"
#include "our-hook.h"

/* The folders, each with a lock that git has by being the process that took it, and the hook while it is to be called. */
static const char folder[] = GITISO_GITDIR "/gitiso/single-";
static const char assignment[] = "core.hooksPath=";
enum { FOLDERS = 8 };

static const char *const plain_options[] = { "-q", "--quiet", "-t", "--track", "--no-track", NULL };
static const char *const branch_options[] = { "-f", "--force", NULL };
static const char *const delete_options[] = { "-d", "-D", "--delete", NULL };
static const char *const checkout_options[] = { "-b", "-B", NULL };
static const char *const switch_options[] = { "-c", "-C", "--create", "--force-create", NULL };

static bool is_one_of(const char *const *options, const char *argument)
{
  while (*options != NULL && strcmp(*options, argument) != 0) options++;
  return *options != NULL;
}

/* A name, and where it begins, beside options that change nothing in this; for a deletion one name alone. */
static bool moves_one_ref(char *const *arguments)
{
  const char *const *makes = NULL, *const *others = plain_options;
  bool is_branch = strcmp(arguments[0], "branch") == 0;
  if (is_branch) others = branch_options;
  else if (strcmp(arguments[0], "checkout") == 0) makes = checkout_options;
  else if (strcmp(arguments[0], "switch") == 0) makes = switch_options;
  else return false;
  int names = 0, made = 0, deleted = 0;
  while (*++arguments != NULL) {
    if (makes != NULL && is_one_of(makes, *arguments)) made++;
    else if (is_branch && is_one_of(delete_options, *arguments)) deleted++;
    else if (**arguments != '-') names++;
    else if (!is_one_of(plain_options, *arguments) && !is_one_of(others, *arguments)) return false;
  }
  if (deleted > 0) return names == 1;
  return (is_branch || made == 1) && (names == 1 || names == 2);
}

static bool is_sample(const char *name)
{
  static const char ending[] = ".sample";
  size_t length = strlen(name);
  return length > strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
}

static bool has_project_hooks(void)
{
  struct listing hooks = { 0 };
  int fd = open(GITISO_GITDIR "/hooks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool found = fd < 0;
  if (fd >= 0) list_folder(&hooks, fd);
  for (size_t i = 0; i < hooks.count && !found; i++) {
    found = strcmp(hooks.entries[i].name, REFERENCE_HOOK) != 0 && !is_sample(hooks.entries[i].name);
  }
  listing_free(&hooks);
  if (fd >= 0) close(fd);
  return found;
}

static void add_path(struct bytes *path, const char *start, const char *name)
{
  bytes_text(path, start);
  bytes_add(path, name, strlen(name) + 1);
}

/* The lock's file stays open in git. Record locks are the process's: no child has them, and they end with it. */
static bool take_folder(const char *path)
{
  struct bytes lock = { 0 }, hook = { 0 };
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  add_path(&lock, path, "/lock");
  add_path(&hook, path, "/" REFERENCE_HOOK);
  const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  int fd = open(lock.data, flags, 0666);
  if (fd < 0 && errno == ENOENT && (mkdir(path, 0777) == 0 || errno == EEXIST)) fd = open(lock.data, flags, 0666);
  bool taken = fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0;
  if (taken && symlink(GITISO_SHIM, hook.data) != 0 && errno != EEXIST) taken = false;
  if (fd >= 0 && !taken) close(fd);
  bytes_free(&lock);
  bytes_free(&hook);
  return taken;
}

void use_single_hook(struct command_line *line)
{
  if (!moves_one_ref(line->argv + line->subcommand) || has_project_hooks()) return;
  for (int i = 0; i < FOLDERS; i++) {
    char setting[sizeof assignment + sizeof folder + 1];
    strcat(strcpy(setting, assignment), folder);
    strncat(setting, &"01234567"[i], 1);
    if (!take_folder(setting + strlen(assignment))) continue;
    add_config(line, setting);
    return;
  }
}

bool is_single_hooks_folder(const char *path)
{
  return strncmp(path, folder, strlen(folder)) == 0;
}

bool drop_single_hook(const char *path)
{
  if (!is_single_hooks_folder(path)) return false;
  struct bytes lock = { 0 };
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  bytes_add(&lock, path, (size_t)(strrchr(path, '/') - path));
  bytes_add(&lock, "/lock", sizeof "/lock");
  int fd = open(lock.data, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  bytes_free(&lock);
  bool is_own = fd >= 0 && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK && whole.l_pid == getppid();
  if (fd >= 0) close(fd);
  return is_own && unlink(path) == 0;
}

void forget_single_hook(char **argv)
{
  for (; argv[0] != NULL && argv[1] != NULL; argv++) {
    bool is_setting = strcmp(argv[0], "-c") == 0 && strncmp(argv[1], assignment, strlen(assignment)) == 0;
    if (!is_setting || !is_single_hooks_folder(argv[1] + strlen(assignment))) continue;
    char **rest = argv + 2;
    while ((*argv++ = *rest++) != NULL) continue;
    return;
  }
}
