#include "unreported.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"
#include "generated.h"
#include "hook-input.h"
#include "message.h"
#include "propose.h"

enum { BATCH = 10000 };

static bool is_later(const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void append(struct unreported_list *list, const struct unreported *item)
{
  struct unreported *grown = allocate((list->count + 1) * sizeof *grown);
  if (list->count > 0) memcpy(grown, list->items, list->count * sizeof *grown);
  free(list->items);
  list->items = grown;
  list->items[list->count++] = *item;
}

/* A file of another name in these folders is no ref to git either, which says so. */
static bool is_ref_name(const char *ref)
{
  for (const char *at = ref; *at != '\0'; at++) {
    if ((unsigned char)*at <= ' ' || strchr("~^:?*[\\\x7f", *at) != NULL) return false;
  }
  return strstr(ref, "..") == NULL && strstr(ref, "@{") == NULL && strstr(ref, "/.") == NULL &&
         ref[strlen(ref) - 1] != '.';
}

/*
 * A file that git wrote after its hook had asked is older than the shared ref, which the daemon moved in between: it is
 * only a leftover. One that is newer holds what nobody was asked about.
 */
static bool is_leftover(const struct ref_value *own, const struct ref_value *shared)
{
  return strcmp(own->id, shared->id) == 0 || !is_later(&own->changed, &shared->changed);
}

bool note_if_unreported(struct unreported_list *list, const char *ref)
{
  static const char no_id[] = "0000000000000000000000000000000000000000";
  struct unreported item = { .ref = NULL };
  if (!is_ref_name(ref)) return false;
  struct ref_value own, shared;
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_GITDIR "/");
  bytes_add(&path, ref, strlen(ref) + 1);
  bool is_direct = read_loose_ref(AT_FDCWD, path.data, &own);
  bytes_free(&path);
  bool is_known = read_shared_ref(ref, &shared);
  /* A symbolic ref is the agent's own affair; the branch whose place it takes is not. */
  if (!is_direct && (!is_known || !is_symbolic_ref(ref))) return false;
  if (is_direct && is_known && is_leftover(&own, &shared)) return false;
  memcpy(item.new, is_direct ? own.id : no_id, sizeof item.new);
  memcpy(item.old, is_known ? shared.id : no_id, sizeof item.old);
  item.ref = strdup(ref);
  if (item.ref != NULL) append(list, &item);
  return true;
}

static enum verdict propose_some(const struct unreported *items, size_t count, char *const *argv)
{
  struct updates updates = { 0 };
  for (size_t i = 0; i < count; i++) add_update(&updates, items[i].ref, strlen(items[i].ref), items[i].old, items[i].new);
  char key[KEY_DIGITS + 1];
  make_request_key(key);
  enum verdict verdict = propose(&updates, argv, "view", key);
  updates_free(&updates);
  return verdict;
}

static void take_back(const struct unreported *item)
{
  struct bytes reason = { 0 };
  bool is_symbolic = is_zero_id(item->new);
  bytes_text(&reason, is_symbolic ? "a symbolic ref can not take the place of what may not be deleted"
                                  : "it was not accepted; its object is ");
  bytes_add(&reason, is_symbolic ? "" : item->new, is_symbolic ? 1 : sizeof item->new);
  warn("took back", item->ref, reason.data);
  bytes_free(&reason);
  drop_own_ref(item->ref);
}

/* False: it was taken back. */
static bool settle(const struct unreported *item, enum verdict verdict)
{
  if (verdict == VERDICT_UNREACHABLE || verdict == VERDICT_UNKNOWN || is_ref_locked(item->ref)) return true;
  if (verdict == VERDICT_REFUSED) take_back(item);
  link_shared_ref(item->ref);
  return verdict != VERDICT_REFUSED;
}

bool report_unreported(struct unreported_list *list, char *const *argv)
{
  bool kept = true;
  for (size_t start = 0; start < list->count; start += BATCH) {
    size_t rest = list->count - start, count = rest < BATCH ? rest : BATCH;
    const struct unreported *items = list->items + start;
    enum verdict verdict = propose_some(items, count, argv);
    for (size_t i = 0; i < count; i++) {
      /* One that is not allowed is no reason to lose the others. */
      bool alone = verdict == VERDICT_REFUSED && count > 1;
      kept &= settle(&items[i], alone ? propose_some(&items[i], 1, argv) : verdict);
    }
  }
  return kept;
}

void unreported_free(struct unreported_list *list)
{
  for (size_t i = 0; i < list->count; i++) free(list->items[i].ref);
  free(list->items);
}
