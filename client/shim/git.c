/*
 * The git an agent meets first. It brings the agent's view of the shared refs up to date and becomes the real git; a
 * plain `git commit` it has the daemon make. It has no authority: all it does happens with the agent's own rights, and
 * it must never know more of git than its options before the subcommand and the subcommands' names.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "alias.h"
#include "ask-first.h"
#include "chosen-hook.h"
#include "command-line.h"
#include "forward.h"
#include "hooks-path.h"
#include "init.h"
#include "real-git.h"
#include "ref-view.h"
#include "reference-hook.h"
#include "remote-helper.h"
#include "route-push.h"
#include "route-remote.h"
#include "single-hook.h"
#include "wait-for-git.h"
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

/* Whether git has to be waited for, and whether it replays commits meanwhile. */
struct waiting {
  bool is_needed, replays;
};

/*
 * In the folder of the line: what git needs to know so that the daemon is asked. Ends the process for what is not
 * git's.
 */
static struct waiting prepare(struct command_line *line, enum way way)
{
  char prefix[PATH_MAX];
  enter_receiving(line->argv + line->subcommand);
  enum place place = find_place(line, prefix);
  const char *git = place == PLACE_ELSEWHERE && way != WAY_REMOTE ? NULL : find_real_git();
  if (git == NULL) return (struct waiting){ false, false };
  /* What an alias stands for decides; git itself shall see the alias. */
  struct command_line resolved = *line;
  if (way == WAY_UNKNOWN) way = resolve_alias(&resolved, git, place, prefix);
  char **command = resolved.argv + resolved.subcommand;
  if (way == WAY_COMMIT && place == PLACE_WORKSPACE) forward_commit(&resolved, git, prefix);
  if (way == WAY_BRANCH && place == PLACE_WORKSPACE) forward_branch(&resolved, git, prefix);
  bool is_here = place != PLACE_ELSEWHERE && way != WAY_LOCAL && !is_elsewhere(command);
  if (is_here && is_hookless(command)) add_config(line, "core.hooksPath=/dev/null");
  else if (is_here && keep_our_hook(line, place, git) && place == PLACE_WORKSPACE) use_single_hook(line);
  if (place == PLACE_WORKSPACE && asks_first(command)) ask_first(line->argv);
  if (way == WAY_REMOTE) {
    route_remote(line, git);
    route_push(line, command, git);
  } else if (is_here) {
    route_in_hooks(line);
  }
  bool replays = place == PLACE_WORKSPACE && is_replaying(command);
  return (struct waiting){ replays || is_unhooked(command), replays };
}

/* Returns in the folder the shim was called in. */
static void take_way(struct command_line *line, enum way way)
{
  char **command = line->argv + line->subcommand;
  bool is_receiving = strcmp(command[0], "receive-pack") == 0;
  int start = line->has_folders || is_receiving ? open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  struct waiting waiting = { false, false };
  if (each_git_option(line, enter_folder, NULL)) waiting = prepare(line, way);
  if (start >= 0 && fchdir(start) == 0) close(start);
  if (waiting.is_needed) wait_for_git(line->argv, waiting.replays);
}

int main(int argc, char **argv)
{
  const char *name = argc > 0 ? argv[0] : "git";
  if (strcmp(base_name(name), "gitiso-init") == 0) serve_container();
  if (is_reference_hook(name)) run_reference_hook(argv);
  if (is_chosen_hook(name)) run_chosen_hook(argv);
  if (strcmp(base_name(name), REMOTE_HELPER) == 0) return serve_remote_helper(argc, argv);

  struct command_line line = { .argv = argv };
  if (has_gitiso()) {
    sync_ref_view(argv);
    if (!is_dashed(name) && parse_command_line(&line, argv)) {
      enum way way = way_of(line.argv + line.subcommand);
      if (way != WAY_LOCAL) take_way(&line, way);
    }
  }
  exec_real_git(line.argv);
}
