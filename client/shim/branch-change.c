#include "branch-change.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "generated.h"

static const char branches[] = "refs/heads/";

struct form {
  /* The only one; NULL: there is none, or another too. */
  const char *name;
  bool has_options, is_deletion, is_forced;
};

static bool is_either(const char *argument, const char *one, const char *other)
{
  return strcmp(argument, one) == 0 || strcmp(argument, other) == 0;
}

/* Which other options there are is for the daemon to look at. */
static struct form read_form(char *const *arguments)
{
  struct form form = { 0 };
  int names = 0;
  while (*++arguments != NULL) {
    const char *argument = *arguments;
    bool is_both = strcmp(argument, "-D") == 0;
    form.is_deletion |= is_both || is_either(argument, "-d", "--delete");
    form.is_forced |= is_both || is_either(argument, "-f", "--force");
    if (argument[0] == '-') form.has_options = true;
    else form.name = names++ == 0 ? argument : NULL;
  }
  return form;
}

static bool exists(const char *before, const char *name)
{
  struct stat status;
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_GITDIR "/");
  bytes_text(&path, before);
  bytes_add(&path, name, strlen(name) + 1);
  bool found = lstat(path.data, &status) == 0;
  bytes_free(&path);
  return found;
}

/* git would take the branch's short name for something else, or say that it may be (refs.c: ref_rev_parse_rules). */
static bool is_ambiguous(const char *name)
{
  static const char *const before[] = { "refs/", "refs/tags/", "refs/remotes/" };
  char ref[sizeof "refs/remotes//HEAD" + HEAD_LIMIT], id[OID_HEX + 1];
  bool found = exists("", name);
  for (size_t i = 0; i < sizeof before / sizeof before[0] && !found; i++) {
    strcat(strcpy(ref, before[i]), name);
    found = exists(before[i], name) || packed_refs_look_up(GITISO_GITDIR "/packed-refs", ref, id);
  }
  return found || packed_refs_look_up(GITISO_GITDIR "/packed-refs", strcat(ref, "/HEAD"), id);
}

/* Links are the view's; a file is what a git in the container has written a moment ago, or a symbolic ref. */
static bool has_own_file(const char *ref)
{
  struct stat status;
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_GITDIR "/");
  bytes_add(&path, ref, strlen(ref) + 1);
  bool is_own = lstat(path.data, &status) == 0 && !S_ISLNK(status.st_mode);
  bytes_free(&path);
  return is_own;
}

bool plan_branch_change(char *const *arguments, struct head *head, struct branch_change *change)
{
  const struct form form = read_form(arguments);
  if (form.has_options && !form.is_deletion) return false;
  if (form.name == NULL || strlen(form.name) >= HEAD_LIMIT - sizeof branches) return false;
  strcat(strcpy(change->ref, branches), form.name);
  read_head(head);
  bool is_on_branch = head->ref != NULL && strncmp(head->ref, branches, strlen(branches)) == 0;
  if (!is_on_branch || has_own_file(head->ref) || !read_shared_ref(head->ref, &change->value)) return false;
  if (!form.is_deletion) {
    return !is_ref_own(change->ref) && !is_ref_shared(change->ref) && !is_ambiguous(head->ref + strlen(branches));
  }
  /* git knows who has what checked out, and what is merged, and takes it out of the packed refs. */
  const struct ref_value at_head = change->value;
  char id[OID_HEX + 1];
  if (packed_refs_look_up(GITISO_GITDIR "/packed-refs", change->ref, id)) return false;
  if (exists("", "worktrees") || has_own_file(change->ref) || !read_shared_ref(change->ref, &change->value)) return false;
  return form.is_forced || strcmp(at_head.id, change->value.id) == 0;
}
