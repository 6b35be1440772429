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

void add_config(struct command_line *line, const char *assignment)
{
  size_t before = (size_t)line->subcommand, count = before;
  while (line->argv[count] != NULL) count++;
  char **argv = allocate((count + 3) * sizeof *argv);
  memcpy(argv, line->argv, before * sizeof *argv);
  argv[before] = "-c";
  argv[before + 1] = strdup(assignment);
  if (argv[before + 1] == NULL) fail(EXIT_FATAL, "out of memory", NULL);
  memcpy(argv + before + 2, line->argv + before, (count - before + 1) * sizeof *argv);
  line->argv = argv;
  line->subcommand += 2;
}
