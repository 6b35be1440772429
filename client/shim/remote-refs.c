#include "remote-refs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "listing.h"

enum { MAX_DEPTH = 32, MAX_CONTENT = 4096 };

static void copy_file(int from, int to, const char *name)
{
  char content[MAX_CONTENT];
  int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  ssize_t length = in < 0 ? -1 : read(in, content, sizeof content);
  if (in >= 0) close(in);
  int out = length <= 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (out < 0) return;
  bool written = write_all(out, content, (size_t)length) == 0;
  if (close(out) != 0 || !written) unlinkat(to, name, 0);
}

static void copy_folder(int from_parent, int to_parent, const char *name, int depth)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int from = openat(from_parent, name, flags);
  if (from < 0) return;
  mkdirat(to_parent, name, 0777);
  int to = openat(to_parent, name, flags);
  if (to >= 0 && depth < MAX_DEPTH) {
    struct listing names;
    list_folder(&names, from);
    for (size_t i = 0; i < names.count; i++) {
      const struct entry *entry = &names.entries[i];
      if (entry->kind == ENTRY_FOLDER) copy_folder(from, to, entry->name, depth + 1);
      if (entry->kind == ENTRY_FILE) copy_file(from, to, entry->name);
    }
    listing_free(&names);
  }
  if (to >= 0) close(to);
  close(from);
}

void import_remote_refs(int shared, int own)
{
  copy_folder(shared, own, "remotes", 0);
}
