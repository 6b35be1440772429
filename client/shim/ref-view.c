#include "ref-view.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder-view.h"
#include "generated.h"
#include "interrupt.h"
#include "our-hook.h"
#include "packed-refs.h"
#include "private-files.h"
#include "remote-refs.h"

static const char shared_packed[] = GITISO_SHARED "/packed-refs";
static const char own_packed[] = GITISO_GITDIR "/packed-refs";
static const char own_lock[] = GITISO_GITDIR "/packed-refs.lock";

static struct file_stamp stamp_file(const char *path)
{
  struct stat status;
  if (lstat(path, &status) != 0) return (struct file_stamp){ .time = TIME_ABSENT };
  return (struct file_stamp){ settled_time(&status), status.st_size, (long long)status.st_ino };
}

static bool is_same(const struct file_stamp *a, const struct file_stamp *b)
{
  return a->time == b->time && a->size == b->size && a->inode == b->inode;
}

static void merge_packed_refs(bool import)
{
  struct packed_refs shared, own;
  struct bytes merged = { 0 };
  packed_refs_read(&shared, shared_packed);
  packed_refs_read(&own, own_packed);
  packed_refs_merge(&merged, &shared, &own, import);
  bool is_same_text = merged.length == own.text.length - 1 && memcmp(merged.data, own.text.data, merged.length) == 0;
  if (!is_same_text) place_file(&merged, own_packed);
  bytes_free(&merged);
  packed_refs_free(&shared);
  packed_refs_free(&own);
}

/* Under git's own lock: what it packs at the same time must not get lost. False: it could not be had. */
static bool sync_packed_refs(struct ref_stamp *stamp, bool *changed)
{
  struct file_stamp shared = stamp_file(shared_packed), own = stamp_file(own_packed);
  bool is_settled = shared.time != TIME_UNKNOWN && own.time != TIME_UNKNOWN;
  if (is_settled && is_same(&shared, &stamp->shared) && is_same(&own, &stamp->view)) return true;
  if (shared.time != TIME_ABSENT || own.time != TIME_ABSENT) {
    hold_interrupts();
    int lock = open(own_lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (lock >= 0) {
      close(lock);
      merge_packed_refs(!stamp->exists);
      unlink(own_lock);
    }
    release_interrupts();
    if (lock < 0) return false;
    own = stamp_file(own_packed);
  }
  if (!is_same(&shared, &stamp->shared) || !is_same(&own, &stamp->view)) *changed = true;
  stamp->shared = shared;
  stamp->view = own;
  return true;
}

static void sync_folders(struct view *view)
{
  ref_stamp_add(&view->stamp, "heads");
  ref_stamp_add(&view->stamp, "tags");
  /* The list grows while it is worked on. */
  for (size_t i = 0; i < view->stamp.count; i++) compare_folder(view, i);
  if (!view->changed) return;
  /* Children come after their parents: in reverse a folder is empty when it can be. */
  for (size_t i = view->stamp.count; i-- > 0;) drop_empty_folder(view, i);
  view->is_second_look = true;
  for (size_t i = 0; i < view->stamp.count; i++) {
    if (view->stamp.folders[i].is_blocked) compare_folder(view, i);
  }
}

bool sync_ref_view(char *const *argv)
{
  bool kept = true;
  struct view view = {
    .shared = open(GITISO_SHARED "/refs", O_PATH | O_DIRECTORY | O_CLOEXEC),
    .own = open(GITISO_GITDIR "/refs", O_PATH | O_DIRECTORY | O_CLOEXEC),
  };
  if (view.shared >= 0 && view.own >= 0) {
    keep_reference_hook();
    ref_stamp_read(&view.stamp);
    if (!view.stamp.exists) import_remote_refs(view.shared, view.own);
    bool is_packed = sync_packed_refs(&view.stamp, &view.changed);
    sync_folders(&view);
    if (view.changed && (is_packed || view.stamp.exists)) ref_stamp_write(&view.stamp);
    if (argv != NULL) kept = report_unreported(&view.unreported, argv);
    unreported_free(&view.unreported);
    ref_stamp_free(&view.stamp);
  }
  if (view.shared >= 0) close(view.shared);
  if (view.own >= 0) close(view.own);
  return kept;
}
