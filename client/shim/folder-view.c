#include "folder-view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generated.h"
#include "listing.h"
#include "private-files.h"

static const char shared_refs[] = GITISO_SHARED "/refs/";

struct pair {
  struct view *view;
  const char *path;
  int own; /* The folder of the view, open. */
  struct listing shared_names, own_names;
  /* Something is not as it will be: look again next time. */
  bool is_unsettled;
  /* A folder of the view must go before a ref can have its name. */
  bool is_blocked;
};

static long long time_of(int side, const char *path)
{
  struct stat status;
  if (fstatat(side, path, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode)) return TIME_ABSENT;
  return settled_time(&status);
}

static int open_folder(int side, const char *path)
{
  return openat(side, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* `<before><path>/<name>`, to be freed. */
static char *join(const char *before, const char *path, const char *name)
{
  struct bytes joined = { 0 };
  bytes_text(&joined, before);
  bytes_text(&joined, path);
  bytes_text(&joined, "/");
  bytes_add(&joined, name, strlen(name) + 1);
  return joined.data;
}

static bool is_lock(const char *name)
{
  size_t length = strlen(name);
  return length >= 5 && strcmp(name + length - 5, ".lock") == 0;
}

static bool is_locked(const struct pair *pair, const char *name)
{
  struct bytes lock = { 0 };
  bytes_text(&lock, name);
  bytes_add(&lock, ".lock", sizeof ".lock");
  bool locked = listing_find(&pair->own_names, lock.data) != NULL;
  bytes_free(&lock);
  return locked;
}

static void make_link(struct pair *pair, const char *name)
{
  char *target = join(shared_refs, pair->path, name);
  /* Where nothing can be made, there is nothing to look at again. */
  if (symlinkat(target, pair->own, name) == 0 || errno == EEXIST) pair->is_unsettled = true;
  free(target);
}

static void descend(struct pair *pair, const char *name)
{
  if (pair->view->is_second_look) return;
  char *path = join("", pair->path, name);
  if (strlen(path) >= PATH_LIMIT || !ref_stamp_add(&pair->view->stamp, path)) free(path);
}

static void make_folder(struct pair *pair, const char *name)
{
  unlinkat(pair->own, name, 0);
  if (mkdirat(pair->own, name, 0777) == 0) descend(pair, name);
  pair->is_unsettled = true;
}

/* A link into the shared repository whose ref is gone: one that the agent made otherwise is its own. */
static void drop_link(struct pair *pair, const char *name)
{
  char target[sizeof shared_refs] = "";
  struct stat status;
  ssize_t length = readlinkat(pair->own, name, target, sizeof target - 1);
  if (length < (ssize_t)strlen(shared_refs) || memcmp(target, shared_refs, strlen(shared_refs)) != 0) return;
  bool is_gone = fstatat(pair->own, name, &status, 0) != 0 && (errno == ENOENT || errno == ENOTDIR);
  if (is_gone && !is_locked(pair, name)) unlinkat(pair->own, name, 0);
  pair->is_unsettled = true;
}

/* A plain file: written by a git in the container, or by a shell that is still at it, which does not change the folder's time. */
static void settle_file(struct pair *pair, const char *name)
{
  if (is_locked(pair, name) || pair->view->is_second_look) {
    pair->is_unsettled = true;
    return;
  }
  char *ref = join("refs/", pair->path, name);
  bool is_noted = note_if_unreported(&pair->view->unreported, ref);
  bool is_shared = !is_noted && is_ref_shared(ref);
  if (is_shared && !link_shared_ref(ref)) drop_own_ref(ref);
  if (is_noted || is_shared || !is_symbolic_ref(ref)) pair->is_unsettled = true;
  free(ref);
}

/* Either side may be NULL, not both. */
static void settle_name(struct pair *pair, const struct entry *shared, const struct entry *own)
{
  if (is_lock(own != NULL ? own->name : shared->name)) return;
  if (own != NULL && own->kind == ENTRY_FILE) {
    settle_file(pair, own->name);
  } else if (shared == NULL) {
    if (own->kind == ENTRY_LINK) drop_link(pair, own->name);
    if (own->kind == ENTRY_FOLDER) descend(pair, own->name);
  } else if (shared->kind == ENTRY_FOLDER) {
    if (own != NULL && own->kind == ENTRY_FOLDER) descend(pair, own->name);
    else make_folder(pair, shared->name);
  } else if (own == NULL) {
    make_link(pair, shared->name);
  } else if (own->kind == ENTRY_FOLDER) {
    descend(pair, own->name);
    pair->is_blocked = pair->is_unsettled = true;
  }
}

static void settle_names(struct pair *pair)
{
  for (size_t i = 0; i < pair->shared_names.count; i++) {
    const struct entry *shared = &pair->shared_names.entries[i];
    struct entry *own = listing_find(&pair->own_names, shared->name);
    if (own != NULL) own->is_seen = true;
    settle_name(pair, shared, own);
  }
  for (size_t i = 0; i < pair->own_names.count; i++) {
    const struct entry *own = &pair->own_names.entries[i];
    if (!own->is_seen) settle_name(pair, NULL, own);
  }
}

void compare_folder(struct view *view, size_t index)
{
  const struct ref_folder known = view->stamp.folders[index];
  struct ref_folder now = { known.path, time_of(view->shared, known.path), time_of(view->own, known.path), false };
  bool is_settled = now.shared != TIME_UNKNOWN && now.view != TIME_UNKNOWN;
  if (is_settled && now.shared == known.shared && now.view == known.view) return;

  if (now.view == TIME_ABSENT && now.shared != TIME_ABSENT) mkdirat(view->own, known.path, 0777);
  struct pair pair = { .view = view, .path = known.path, .own = open_folder(view->own, known.path) };
  if (pair.own >= 0) {
    /* In this order a ref that is made meanwhile is never taken for one that nobody knows. */
    list_folder(&pair.own_names, pair.own);
    int shared = open_folder(view->shared, known.path);
    if (shared >= 0) list_folder(&pair.shared_names, shared);
    if (shared >= 0) close(shared);
    settle_names(&pair);
    listing_free(&pair.own_names);
    listing_free(&pair.shared_names);
    close(pair.own);
  }
  if (pair.is_unsettled) now.view = TIME_UNKNOWN;
  now.is_blocked = pair.is_blocked;
  view->stamp.folders[index] = now;
  if (now.shared != known.shared || now.view != known.view) view->changed = true;
}

void drop_empty_folder(struct view *view, size_t index)
{
  struct ref_folder *folder = &view->stamp.folders[index];
  bool is_root = strchr(folder->path, '/') == NULL;
  if (is_root || folder->shared != TIME_ABSENT || folder->view == TIME_ABSENT) return;
  if (unlinkat(view->own, folder->path, AT_REMOVEDIR) == 0) folder->view = TIME_ABSENT;
}
