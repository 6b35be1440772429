/*
 * The git an agent meets first. It looks at the subcommand and becomes the real git (the default), or asks the
 * daemon to carry the command out. It has no authority: all it does happens with the agent's own rights, and
 * it must never know more of git than its options before the subcommand and the subcommands' names.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "command-line.h"
#include "forward.h"
#include "init.h"
#include "real-git.h"
#include "way.h"
#include "workspace.h"

static const char *base_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

/* `git-commit`: the real git takes its subcommand from its name. */
static bool is_dashed(const char *name)
{
  return name != NULL && strncmp(base_name(name), "git-", 4) == 0;
}

static bool enter_folder(void *context, char **option, int count)
{
  (void)context;
  return strcmp(option[0], "-C") != 0 || count != 2 || option[1][0] == '\0' || chdir(option[1]) == 0;
}

/* Ends the process if the command is the daemon's; returns, in the folder it was called in, if it is git's. */
static void forward_from_workspace(struct command_line *line, enum way way)
{
  char prefix[PATH_MAX];
  int start = line->has_folders ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (each_git_option(line, enter_folder, NULL) && in_workspace(line, prefix)) {
    const char *git = find_real_git();
    if (git == NULL) return;
    if (way == WAY_UNKNOWN) way = resolve_alias(line, git, prefix);
    if (way != WAY_LOCAL) forward(line, way, git, prefix);
  }
  if (start >= 0 && fchdir(start) == 0) close(start);
}

int main(int argc, char **argv)
{
  if (argc > 0 && strcmp(base_name(argv[0]), "gitiso-init") == 0) serve_container();

  struct command_line line;
  if (!is_dashed(argv[0]) && parse_command_line(&line, argv)) {
    enum way way = way_of(line.argv + line.subcommand);
    if (way != WAY_LOCAL && has_gitiso()) forward_from_workspace(&line, way);
  }
  exec_real_git(argv);
}
