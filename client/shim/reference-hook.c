#include "reference-hook.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chosen-hook.h"
#include "generated.h"
#include "hook-input.h"
#include "message.h"
#include "our-hook.h"
#include "parent.h"
#include "private-files.h"
#include "propose.h"
#include "shared-refs.h"
#include "standard-streams.h"
#include "workspace.h"

enum { EXIT_REFUSED = 1 };

bool is_reference_hook(const char *name)
{
  const char *slash = strrchr(name, '/');
  return strcmp(slash == NULL ? name : slash + 1, REFERENCE_HOOK) == 0;
}

static bool is_managed(void)
{
  static char *nothing[] = { NULL };
  const struct command_line line = { .argv = nothing };
  char prefix[PATH_MAX];
  return has_gitiso() && find_place(&line, prefix) != PLACE_ELSEWHERE;
}

/*
 * A deletion of a packed ref is reported twice: first for packed-refs alone, then with all else that the transaction
 * changes. What is decided at once would not be all or nothing, so the first report is let through: without its
 * second, which this process's parent makes while it holds the same locks, nothing would come of it.
 */
static bool is_first_report(const struct hook_input *input)
{
  char name[32] = "deferred-";
  struct bytes number = { 0 }, nothing = { 0 };
  bytes_number(&number, getppid());
  bytes_add(&number, "", 1);
  strcat(name, number.data);
  bytes_free(&number);
  if (private_remove(name)) return false;

  struct packed_refs packed;
  packed_refs_read(&packed, GITISO_GITDIR "/packed-refs");
  bool is_first = true, is_packed = false;
  for (size_t i = 0; i < input->count && is_first; i++) {
    const struct hook_line *line = &input->lines[i];
    is_first = is_zero_id(line->new) && is_ref_locked(line->ref);
    is_packed = is_packed || packed_refs_find(&packed, line->ref) != NULL;
  }
  packed_refs_free(&packed);
  is_first = is_first && is_packed;
  if (is_first) private_write(name, &nothing);
  return is_first;
}

/* Whether the daemon has a say: shared refs that really change. */
static bool is_asked(const struct hook_line *line)
{
  if (!is_shared_ref(line->ref, strlen(line->ref)) || is_symbolic_ref(line->ref)) return false;
  if (is_zero_id(line->new)) return is_ref_shared(line->ref);
  return strcmp(line->old, line->new) != 0;
}

static void ask_daemon(const struct hook_input *input)
{
  char **parent = parent_command_line();
  if (is_pack_refs(parent)) return;
  struct bytes updates = { 0 };
  for (size_t i = 0; i < input->count; i++) {
    const struct hook_line *line = &input->lines[i];
    if (is_asked(line)) add_update(&updates, line->ref, strlen(line->ref), line->old, line->new);
  }
  if (updates.length == 0 || is_first_report(input)) return;
  die_with_parent();
  switch (propose(&updates, parent, "hook")) {
    case VERDICT_ACCEPTED: return;
    case VERDICT_REFUSED: _exit(EXIT_REFUSED);
    case VERDICT_UNREACHABLE:
      fail(EXIT_REFUSED, "the daemon can not be reached; nothing was changed", "try again when it is back");
    case VERDICT_UNKNOWN:
      fail(EXIT_REFUSED, "the connection to the daemon broke; it is unknown whether the refs were changed",
           "look with git log when it is back");
  }
}

void run_reference_hook(char **argv)
{
  const char *state = argv[1] == NULL ? "" : argv[1];
  struct hook_input input;
  keep_standard_streams();
  if (!hook_input_read(&input)) fail(EXIT_REFUSED, "the transaction is too large", NULL);
  bool managed = is_managed();
  /* The project may say no before anything is shared. */
  int exit_code = run_project_reference_hook(argv, &input.text);
  if (exit_code != 0 && strcmp(state, "prepared") == 0) _exit(exit_code);
  if (managed && strcmp(state, "prepared") == 0) ask_daemon(&input);
  if (managed && strcmp(state, "committed") == 0) {
    for (size_t i = 0; i < input.count; i++) {
      if (!is_zero_id(input.lines[i].new) && !is_symbolic_ref(input.lines[i].ref)) link_shared_ref(input.lines[i].ref);
    }
  }
  _exit(exit_code);
}
