#include "reference-hook.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chosen-hook.h"
#include "conversation.h"
#include "generated.h"
#include "hook-input.h"
#include "message.h"
#include "our-hook.h"
#include "parent.h"
#include "private-files.h"
#include "propose.h"
#include "renamed-log.h"
#include "shared-refs.h"
#include "single-hook.h"
#include "standard-streams.h"
#include "workspace.h"

enum { EXIT_REFUSED = 1 };

static const char no_id[] = "0000000000000000000000000000000000000000";

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

/* A name of a private file for the git that waits: its later reports come from other processes of this program. */
static const char *note_name(const char *kind)
{
  static char name[48];
  struct bytes number = { 0 };
  bytes_number(&number, getppid());
  bytes_add(&number, "", 1);
  strcat(strcpy(name, kind), number.data);
  bytes_free(&number);
  return name;
}

/*
 * A deletion of a packed ref is reported twice: first for packed-refs alone, then with all else that the transaction
 * changes. What is decided at once would not be all or nothing, so the first report is let through: without its
 * second, which this process's parent makes while it holds the same locks, nothing would come of it.
 */
static bool is_first_report(const struct hook_input *input)
{
  struct bytes nothing = { 0 };
  if (private_remove(note_name("deferred-"))) return false;

  bool is_first = true, is_packed = false;
  for (size_t i = 0; i < input->count && is_first; i++) {
    const char *ref = input->lines[i].ref;
    char id[OID_HEX + 1];
    is_first = is_zero_id(input->lines[i].new) && is_ref_locked(ref);
    is_packed = is_packed || (is_first && packed_refs_look_up(GITISO_GITDIR "/packed-refs", ref, id));
  }
  is_first = is_first && is_packed;
  if (is_first) private_write(note_name("deferred-"), &nothing);
  return is_first;
}

/*
 * git reports a ref that is only compared (`verify`) as it does a deletion. It locks packed-refs if, and only if, it
 * deletes something (refs/files-backend.c: files_transaction_prepare).
 */
static bool is_deleting(void)
{
  return access(GITISO_GITDIR "/packed-refs.lock", F_OK) == 0;
}

/* Whether the daemon has a say: shared refs that really change. */
static bool is_asked(const struct hook_line *line)
{
  if (!is_shared_ref(line->ref, strlen(line->ref)) || is_symbolic_ref(line->ref)) return false;
  if (is_zero_id(line->new)) return is_deleting() && may_be_shared(line->ref);
  return strcmp(line->old, line->new) != 0;
}

static void add_line(struct updates *updates, const struct hook_line *line)
{
  add_update(updates, line->ref, strlen(line->ref), line->old, line->new);
}

/* What was accepted, for the case that git gives it up: the key, then the lines. */
static void note_accepted(const struct hook_input *input, const char *key)
{
  struct bytes note = { 0 };
  bytes_text(&note, key);
  bytes_add(&note, input->text.data, input->text.length);
  private_write(note_name("accepted-"), &note);
  bytes_free(&note);
}

static void ask_daemon(const struct hook_input *input, const char *hook)
{
  char **parent = parent_command_line();
  if (is_pack_refs(parent)) return;
  struct updates updates = { 0 };
  for (size_t i = 0; i < input->count; i++) {
    if (is_asked(&input->lines[i])) add_line(&updates, &input->lines[i]);
  }
  if (updates.text.length == 0 || is_first_report(input)) return;
  die_with_parent();
  char key[KEY_DIGITS + 1];
  make_request_key(key);
  enum verdict verdict = propose(&updates, parent, "hook", key);
  if (verdict != VERDICT_ACCEPTED) put_back_renamed_log(input);
  switch (verdict) {
    case VERDICT_ACCEPTED:
      /* A git that makes one transaction gives none up. */
      if (!drop_single_hook(hook)) note_accepted(input, key);
      return;
    case VERDICT_REFUSED: _exit(EXIT_REFUSED);
    case VERDICT_UNREACHABLE:
      fail(EXIT_REFUSED, "the daemon can not be reached; nothing was changed", "try again when it is back");
    case VERDICT_UNKNOWN:
      fail(EXIT_REFUSED, "the connection to the daemon broke; it is unknown whether the refs were changed",
           "look with git log when it is back");
  }
}

/* git may give up what the daemon has accepted: `abort` after `prepare`, or what it finds out later. */
static void take_back(const struct hook_input *input)
{
  struct bytes note = { 0 };
  struct updates updates = { 0 };
  bool is_same = private_read(note_name("accepted-"), KEY_DIGITS + input->text.length, &note) &&
                 note.length == KEY_DIGITS + input->text.length &&
                 memcmp(note.data + KEY_DIGITS, input->text.data, input->text.length) == 0;
  if (!is_same) return;
  private_remove(note_name("accepted-"));
  note.data[KEY_DIGITS] = '\0';
  for (size_t i = 0; i < input->count; i++) {
    if (is_shared_ref(input->lines[i].ref, strlen(input->lines[i].ref))) add_line(&updates, &input->lines[i]);
  }
  if (updates.text.length > 0) propose(&updates, parent_command_line(), "undo", note.data);
}

/* Links in the place of git's files; and what git left in its place was compared, not deleted: the daemon has it again. */
static void settle(const struct hook_input *input)
{
  struct updates kept = { 0 };
  private_remove(note_name("accepted-"));
  for (size_t i = 0; i < input->count; i++) {
    struct hook_line line = input->lines[i];
    if (!is_zero_id(line.new) && !is_symbolic_ref(line.ref)) link_shared_ref(line.ref);
    bool is_left = is_zero_id(line.new) && !is_zero_id(line.old) && is_shared_ref(line.ref, strlen(line.ref)) &&
                   is_ref_own(line.ref) && !is_ref_shared(line.ref);
    if (!is_left) continue;
    line.new = line.old;
    line.old = no_id;
    add_line(&kept, &line);
  }
  char key[KEY_DIGITS + 1];
  make_request_key(key);
  if (kept.text.length > 0) propose(&kept, parent_command_line(), "hook", key);
}

static bool names_shared_ref(const struct hook_input *input)
{
  for (size_t i = 0; i < input->count; i++) {
    if (is_shared_ref(input->lines[i].ref, strlen(input->lines[i].ref))) return true;
  }
  return false;
}

void run_reference_hook(char **argv)
{
  const char *state = argv[1] == NULL ? "" : argv[1];
  struct hook_input input;
  keep_standard_streams();
  if (!hook_input_read(&input)) fail(EXIT_REFUSED, "the transaction is too large", NULL);
  /* Most transactions, a hundred in a rebase: nothing here may cost anything before this. */
  if (!names_shared_ref(&input)) _exit(run_project_reference_hook(argv, &input.text));
  bool managed = is_managed();
  /* The project may say no before anything is shared. */
  int exit_code = run_project_reference_hook(argv, &input.text);
  if (exit_code != 0 && strcmp(state, "prepared") == 0) _exit(exit_code);
  if (managed && strcmp(state, "prepared") == 0) ask_daemon(&input, argv[0]);
  if (managed && strcmp(state, "committed") == 0) settle(&input);
  if (managed && strcmp(state, "aborted") == 0) take_back(&input);
  _exit(exit_code);
}
