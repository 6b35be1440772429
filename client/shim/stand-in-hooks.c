#include "stand-in-hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask-git.h"
#include "chosen-hook.h"
#include "generated.h"
#include "listing.h"
#include "our-hook.h"
#include "private-files.h"

/* The folder as hooks see it: they run at the top of the work tree. */
static void add_chosen_path(struct bytes *path, const struct command_line *line, enum place place, const char *git,
                            const char *chosen)
{
  static const char *const question[] = { "rev-parse", "--show-toplevel", NULL };
  if (chosen[0] != '/' && place == PLACE_WORKSPACE) bytes_text(path, GITISO_WORKSPACE "/");
  if (chosen[0] != '/' && place == PLACE_BESIDE && ask_git(line, git, question, path)) {
    path->length = strcspn(path->data, "\n");
    bytes_text(path, "/");
  }
  bytes_add(path, chosen, strlen(chosen) + 1);
}

/* One folder for each chosen one, named by a hash of it. */
static void add_name(struct bytes *path, const char *seen, const char *chosen)
{
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (; *seen != '\0'; seen++) hash = (hash ^ (unsigned char)*seen) * 0x100000001b3ULL;
  for (; *chosen != '\0'; chosen++) hash = (hash ^ (unsigned char)*chosen) * 0x100000001b3ULL;
  bytes_text(path, STAND_IN_HOOKS);
  for (int shift = 60; shift >= 0; shift -= 4) bytes_add(path, &"0123456789abcdef"[hash >> shift & 15], 1);
  bytes_add(path, "", 1);
}

static bool make_folder(const char *path, const char *chosen)
{
  if (mkdir(path, 0777) != 0 && errno == ENOENT) {
    mkdir(GITISO_GITDIR "/gitiso", 0777);
    mkdir(STAND_IN_HOOKS, 0777);
    mkdir(path, 0777);
  }
  struct bytes file = { 0 }, content = { 0 };
  bytes_text(&file, path);
  bytes_add(&file, "/" CHOSEN_FOLDER, sizeof "/" CHOSEN_FOLDER);
  bytes_text(&content, chosen);
  bool made = access(file.data, F_OK) == 0 || place_file(&content, file.data);
  bytes_free(&file);
  bytes_free(&content);
  return made;
}

static bool is_runnable(int folder, const struct entry *entry)
{
  return entry != NULL && entry->kind != ENTRY_FOLDER && faccessat(folder, entry->name, X_OK, 0) == 0;
}

/* The shim under the name of each hook that git would run, and under no other. */
static void link_hooks(int folder, int chosen)
{
  struct listing hooks = { 0 }, links;
  if (chosen >= 0) list_folder(&hooks, chosen);
  list_folder(&links, folder);
  for (size_t i = 0; i < hooks.count; i++) {
    const char *name = hooks.entries[i].name;
    if (strcmp(name, CHOSEN_FOLDER) == 0 || listing_find(&links, name) != NULL) continue;
    if (is_runnable(chosen, &hooks.entries[i]) && symlinkat(GITISO_SHIM, folder, name) != 0) break;
  }
  for (size_t i = 0; i < links.count; i++) {
    const char *name = links.entries[i].name;
    bool is_ours = strcmp(name, CHOSEN_FOLDER) == 0 || strcmp(name, REFERENCE_HOOK) == 0;
    if (!is_ours && !is_runnable(chosen, listing_find(&hooks, name))) unlinkat(folder, name, 0);
  }
  bool has_hook = symlinkat(GITISO_SHIM, folder, REFERENCE_HOOK) == 0;
  (void)has_hook; /* Or it was there. */
  listing_free(&hooks);
  listing_free(&links);
}

bool add_stand_in(struct bytes *path, const struct command_line *line, enum place place, const char *git,
                  const char *chosen)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  struct bytes seen = { 0 };
  size_t start = path->length;
  add_chosen_path(&seen, line, place, git, chosen);
  add_name(path, seen.data, chosen);
  bool made = make_folder(path->data + start, chosen);
  int folder = made ? open(path->data + start, flags) : -1, hooks = open(seen.data, flags);
  if (folder >= 0) link_hooks(folder, hooks);
  if (folder >= 0) close(folder);
  if (hooks >= 0) close(hooks);
  bytes_free(&seen);
  return folder >= 0;
}
