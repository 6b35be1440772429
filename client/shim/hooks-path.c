#include "hooks-path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ask-git.h"
#include "chosen-hook.h"
#include "config-stamp.h"
#include "generated.h"
#include "private-files.h"
#include "single-hook.h"
#include "stand-in-hooks.h"

/* First line: the stamp it holds for. Second: "-" for none, or "+" and the folder. */
static const char cache[] = "hooks-path";
enum { LIMIT_BYTES = 65536 };

struct choice {
  char *folder; /* NULL: none. */
  bool is_certain; /* It depends on nothing that the stamp does not see. */
};

/* The answer is `<key>\n<value>` and a NUL for each setting. */
static struct choice read_answer(const struct bytes *answer)
{
  struct choice choice = { .is_certain = true };
  const char *end = answer->data + answer->length - 1;
  for (char *at = answer->data; at < end; at += strlen(at) + 1) {
    static const char key[] = "core.hookspath\n";
    if (strncmp(at, key, strlen(key)) == 0) choice.folder = at + strlen(key);
    else if (strncmp(at, "include", 7) == 0) choice.is_certain = false;
  }
  return choice;
}

static struct choice ask_choice(const struct command_line *line, const char *git, struct bytes *answer)
{
  static const char *const question[] = { "config",       "--includes",   "--null", "--type=path",
                                          "--get-regexp", "^(core\\.hookspath|include(if\\..*)?\\.path)$", NULL };
  if (!ask_git(line, git, question, answer)) return (struct choice){ .is_certain = true };
  return read_answer(answer);
}

/* False: it must be asked for. */
static bool read_cache(const struct bytes *stamp, struct bytes *text, struct choice *choice)
{
  if (stamp->length == 0 || !private_read(cache, LIMIT_BYTES, text)) return false;
  if (text->length < stamp->length + 2 || memcmp(text->data, stamp->data, stamp->length) != 0) return false;
  char *value = text->data + stamp->length;
  if (value[0] != '\n' || (value[1] != '+' && value[1] != '-')) return false;
  *choice = (struct choice){ .folder = value[1] == '+' ? value + 2 : NULL, .is_certain = true };
  return true;
}

static void write_cache(const struct bytes *stamp, const struct choice *choice)
{
  struct bytes text = { 0 };
  bytes_add(&text, stamp->data, stamp->length);
  bytes_text(&text, choice->folder == NULL ? "\n-" : "\n+");
  if (choice->folder != NULL) bytes_text(&text, choice->folder);
  private_write(cache, &text);
  bytes_free(&text);
}

bool keep_our_hook(struct command_line *line, enum place place, const char *git)
{
  struct bytes stamp = { 0 }, text = { 0 };
  struct choice choice;
  /* The stamp knows nothing of a linked work tree's own configuration. */
  if (place == PLACE_WORKSPACE) add_config_stamp(&stamp, line);
  if (!read_cache(&stamp, &text, &choice)) {
    text.length = 0;
    choice = ask_choice(line, git, &text);
    if (choice.is_certain && stamp.length > 0) write_cache(&stamp, &choice);
  }
  /* A git that was started by one that was given our folder inherits it. */
  bool is_chosen = choice.folder != NULL;
  if (is_chosen && is_single_hooks_folder(choice.folder)) {
    add_config(line, "core.hooksPath=" GITISO_GITDIR "/hooks");
  } else if (is_chosen && !is_chosen_hook(choice.folder)) {
    struct bytes assignment = { 0 };
    bytes_text(&assignment, "core.hooksPath=");
    if (add_stand_in(&assignment, line, place, git, choice.folder)) add_config(line, assignment.data);
    bytes_free(&assignment);
  }
  bytes_free(&stamp);
  bytes_free(&text);
  return !is_chosen;
}
