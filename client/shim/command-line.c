#include "command-line.h"

#include <string.h>

#include "bytes.h"
#include "generated.h"
#include "message.h"

/* How many arguments the option at argv[0] takes, 0: not one of git's. `*value` is set to its value or NULL. */
static int option_length(char **argv, char **value)
{
  *value = NULL;
  for (size_t i = 0; i < sizeof git_options / sizeof git_options[0]; i++) {
    const struct git_option *option = &git_options[i];
    size_t length = strlen(option->name);
    if (strncmp(argv[0], option->name, length) != 0) continue;
    if (argv[0][length] == '=' && (option->value & VALUE_STUCK)) {
      *value = argv[0] + length + 1;
      return 1;
    }
    if (argv[0][length] != '\0') continue;
    if (option->value == VALUE_NONE) return 1;
    if (!(option->value & VALUE_NEXT) || argv[1] == NULL) return 0;
    *value = argv[1];
    return 2;
  }
  return 0;
}

static bool is_option(const char *argument, const char *name)
{
  size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 && (argument[length] == '\0' || argument[length] == '=');
}

bool parse_command_line(struct command_line *line, char **argv)
{
  *line = (struct command_line){ .argv = argv };
  if (argv[0] == NULL) return false;

  int at = 1;
  while (argv[at] != NULL && argv[at][0] == '-') {
    char *value;
    int length = option_length(argv + at, &value);
    if (length == 0) return false;
    if (is_option(argv[at], "--git-dir")) line->git_dir = value;
    if (is_option(argv[at], "--work-tree")) line->work_tree = value;
    if (is_option(argv[at], "--bare")) line->bare = true;
    if (is_option(argv[at], "-C")) line->has_folders = true;
    at += length;
  }
  line->subcommand = at;
  return argv[at] != NULL;
}

bool each_git_option(const struct command_line *line, bool (*visit)(void *context, char **option, int count),
                     void *context)
{
  int length;
  for (int at = 1; at < line->subcommand; at += length) {
    char *value;
    length = option_length(line->argv + at, &value);
    if (!visit(context, line->argv + at, length)) return false;
  }
  return true;
}

/* Puts some in at an index. */
static void insert(struct command_line *line, size_t before, const char *const *inserted, size_t inserted_count)
{
  size_t count = before;
  while (line->argv[count] != NULL) count++;
  char **argv = allocate((count + inserted_count + 1) * sizeof *argv);
  memcpy(argv, line->argv, before * sizeof *argv);
  for (size_t i = 0; i < inserted_count; i++) {
    argv[before + i] = strdup(inserted[i]);
    if (argv[before + i] == NULL) fail(EXIT_FATAL, "out of memory", NULL);
  }
  memcpy(argv + before + inserted_count, line->argv + before, (count - before + 1) * sizeof *argv);
  line->argv = argv;
}

void add_config(struct command_line *line, const char *assignment)
{
  const char *const inserted[] = { "-c", assignment };
  insert(line, (size_t)line->subcommand, inserted, 2);
  line->subcommand += 2;
}

void add_argument(struct command_line *line, const char *argument)
{
  insert(line, (size_t)line->subcommand + 1, &argument, 1);
}
