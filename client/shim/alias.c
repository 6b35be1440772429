#include "alias.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask-git.h"
#include "bytes.h"
#include "generated.h"
#include "message.h"

/* git itself only refuses loops; nobody nests aliases deeper. */
enum { MAX_EXPANSIONS = 16 };

static bool is_external(const char *name)
{
  struct bytes path = { 0 };
  const char *search = getenv("PATH");
  bool found = false;
  while (!found && search != NULL && *search != '\0') {
    size_t length = strcspn(search, ":");
    path.length = 0;
    bytes_add(&path, search, length);
    bytes_text(&path, length == 0 ? "./git-" : "/git-");
    bytes_text(&path, name);
    bytes_add(&path, "", 1);
    found = access(path.data, X_OK) == 0;
    search += length + (search[length] == ':');
  }
  bytes_free(&path);
  return found;
}

static bool ask_alias(const struct command_line *line, const char *git, struct bytes *value)
{
  struct bytes key = { 0 };
  bytes_text(&key, "alias.");
  bytes_text(&key, line->argv[line->subcommand]);
  bytes_add(&key, "", 1);
  const char *const question[] = { "config", "--null", "--get", key.data, NULL };
  bool found = ask_git(line, git, question, value);
  bytes_free(&key);
  return found;
}

/*
 * Splits in place by git's rules: white space separates, both quotes group, a backslash takes the next character
 * as it is except within single quotes. Returns the number of words, -1: a quote or backslash is left open.
 */
static int split_words(char *text, char **words)
{
  static const char space[] = " \t\n\v\f\r";
  int count = 0;
  char *to = text;
  for (text += strspn(text, space); *text != '\0'; text += strspn(text, space)) {
    char quote = '\0';
    words[count++] = to;
    for (; *text != '\0' && (quote != '\0' || strchr(space, *text) == NULL); text++) {
      if (*text == quote) {
        quote = '\0';
      } else if (quote == '\0' && (*text == '\'' || *text == '"')) {
        quote = *text;
      } else {
        if (*text == '\\' && quote != '\'' && *++text == '\0') return -1;
        *to++ = *text;
      }
    }
    if (quote != '\0') return -1;
    if (*text != '\0') text++;
    *to++ = '\0';
  }
  return count;
}

/* The line with its subcommand replaced by the words of the alias. False: git shall complain about it. */
static bool expand(struct command_line *line, char *alias)
{
  char **words = allocate((strlen(alias) / 2 + 2) * sizeof *words);
  int count = split_words(alias, words);
  if (count <= 0) return false;
  words[count] = NULL;

  char **rest = line->argv + line->subcommand + 1;
  int rest_count = 0;
  while (rest[rest_count] != NULL) rest_count++;
  const char **tail = allocate(((size_t)count + (size_t)rest_count + 1) * sizeof *tail);
  memcpy(tail, words, (size_t)count * sizeof *tail);
  memcpy(tail + count, rest, ((size_t)rest_count + 1) * sizeof *tail);

  struct command_line expanded;
  bool parsed = parse_command_line(&expanded, git_argv(line, tail, NULL));
  free(words);
  free(tail);
  /* Options that change the surroundings have no place in an alias: git says so. */
  if (!parsed || expanded.has_folders || expanded.bare != line->bare) return false;
  if (expanded.git_dir != line->git_dir || expanded.work_tree != line->work_tree) return false;
  *line = expanded;
  return true;
}

/* Adds 'key=value' quoted for a shell, as git hands -c on to the commands of an alias. */
static bool export_option(void *context, char **option, int count)
{
  struct bytes *parameters = context;
  if (strcmp(option[0], "-C") == 0) return true;
  if (strcmp(option[0], "-c") != 0 || count != 2) return false;
  bytes_text(parameters, parameters->length == 0 ? "'" : " '");
  for (const char *at = option[1]; *at != '\0'; at++) {
    if (*at == '\'' || *at == '!') {
      bytes_text(parameters, "'\\");
      bytes_add(parameters, at, 1);
      bytes_text(parameters, "'");
    } else {
      bytes_add(parameters, at, 1);
    }
  }
  bytes_text(parameters, "'");
  return true;
}

/*
 * Runs the alias as git does, but with PATH as it is: git would put its own programs first, and a `git commit`
 * in the alias would miss the shim. Returns only when git has to do it: surroundings were given by hand.
 */
static void run_shell_alias(const struct command_line *line, const char *command, const char *prefix)
{
  struct bytes parameters = { 0 }, script = { 0 };
  const char *inherited = getenv("GIT_CONFIG_PARAMETERS");
  if (inherited != NULL) bytes_text(&parameters, inherited);
  size_t inherited_length = parameters.length;
  if (!each_git_option(line, export_option, &parameters)) return;
  if (getenv("GIT_DIR") != NULL || getenv("GIT_WORK_TREE") != NULL) return;
  if (chdir(GITISO_WORKSPACE) != 0) return;

  char **rest = line->argv + line->subcommand + 1;
  size_t count = 0;
  while (rest[count] != NULL) count++;
  bytes_text(&script, command);
  bytes_add(&script, " \"$@\"", count == 0 ? 0 : 5);
  bytes_add(&script, "", 1);
  bytes_add(&parameters, "", 1);

  char **argv = allocate((count + 5) * sizeof *argv);
  argv[0] = "sh";
  argv[1] = "-c";
  argv[2] = script.data;
  argv[3] = (char *)command;
  memcpy(argv + 4, rest, (count + 1) * sizeof *argv);
  if (parameters.length > inherited_length + 1) setenv("GIT_CONFIG_PARAMETERS", parameters.data, 1);
  setenv("GIT_PREFIX", prefix, 1);
  execv("/bin/sh", argv);
  fail(EXIT_FATAL, "there is no /bin/sh to run the alias with", NULL);
}

enum way resolve_alias(struct command_line *line, const char *git, enum place place,
                       const char *prefix)
{
  enum way way = WAY_UNKNOWN;
  for (int i = 0; way == WAY_UNKNOWN; i++) {
    struct bytes value = { 0 };
    if (i == MAX_EXPANSIONS || is_external(line->argv[line->subcommand])) return WAY_UNKNOWN;
    if (!ask_alias(line, git, &value)) return WAY_UNKNOWN;
    if (value.data[0] == '!') {
      if (place == PLACE_WORKSPACE) run_shell_alias(line, value.data + 1, prefix);
      return WAY_UNKNOWN;
    }
    if (!expand(line, value.data)) return WAY_UNKNOWN;
    /* The words of `line` point into `value`: it lives as long as the process. */
    way = way_of(line->argv + line->subcommand);
  }
  return way;
}
