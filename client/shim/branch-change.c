#include "branch-change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"
#include "generated.h"

static const char branches[] = "refs/heads/";
static const char own_packed[] = GITISO_GITDIR "/packed-refs";

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

/* Below the git directory: 0, or why it can not be looked at (ENOENT: it is not there). */
static int look(const char *before, const char *name, struct stat *status)
{
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_GITDIR "/");
  bytes_text(&path, before);
  bytes_add(&path, name, strlen(name) + 1);
  int reason = lstat(path.data, status) == 0 ? 0 : errno;
  bytes_free(&path);
  return reason;
}

static bool exists(const char *before, const char *name)
{
  struct stat status;
  return look(before, name, &status) == 0;
}

/* Something like an id: git looks for an object of that name. */
static bool is_like_id(const char *name)
{
  enum { SHORTEST_ID = 4 };
  size_t length = strlen(name);
  return length >= SHORTEST_ID && length <= OID_HEX && strspn(name, "0123456789abcdefABCDEF") == length;
}

/* git would take the branch's short name for something else, or say that it may be (refs.c: ref_rev_parse_rules). */
static bool is_ambiguous(const char *name)
{
  static const char *const before[] = { "refs/", "refs/tags/", "refs/remotes/" };
  char ref[sizeof "refs/remotes//HEAD" + HEAD_LIMIT], id[OID_HEX + 1];
  bool found = is_like_id(name) || exists("", name) || packed_refs_look_up(own_packed, name, id);
  for (size_t i = 0; i < sizeof before / sizeof before[0] && !found; i++) {
    strcat(strcpy(ref, before[i]), name);
    found = exists(before[i], name) || packed_refs_look_up(own_packed, ref, id);
  }
  return found || packed_refs_look_up(own_packed, strcat(ref, "/HEAD"), id);
}

/* Links are the view's; a file is what a git in the container has written a moment ago, or a symbolic ref. */
static bool has_own_file(const char *ref)
{
  struct stat status;
  return look("", ref, &status) == 0 && !S_ISLNK(status.st_mode);
}

/* Neither the ref nor one that is in its way is there, and its log can be written. */
static bool is_free(const char *ref)
{
  struct stat status;
  char id[OID_HEX + 1];
  if (look("", ref, &status) != ENOENT || packed_refs_look_up(own_packed, ref, id)) return false;
  int reason = look("logs/", ref, &status);
  return (reason == ENOENT || (reason == 0 && S_ISREG(status.st_mode))) && !is_ref_shared(ref);
}

/* What git prints of a deletion has translations. */
static bool is_english(void)
{
  static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
  const char *locale = NULL;
  for (size_t i = 0; i < sizeof names / sizeof names[0] && (locale == NULL || *locale == '\0'); i++) {
    locale = getenv(names[i]);
  }
  if (locale == NULL || *locale == '\0') return true;
  return is_either(locale, "C", "POSIX") || strncmp(locale, "C.", 2) == 0 || strncmp(locale, "en", 2) == 0;
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
    return is_free(change->ref) && !is_ambiguous(head->ref + strlen(branches));
  }
  /* git knows who has what checked out, and what is merged, and takes it out of the packed refs. */
  const struct ref_value at_head = change->value;
  char id[OID_HEX + 1];
  if (packed_refs_look_up(own_packed, change->ref, id)) return false;
  if (!is_english() || exists("", "worktrees") || has_own_file(change->ref)) return false;
  if (!read_shared_ref(change->ref, &change->value)) return false;
  return form.is_forced || strcmp(at_head.id, change->value.id) == 0;
}
