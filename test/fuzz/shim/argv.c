/* Command lines, an argument up to each NUL: what is the subcommand, which way does it take. */
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "fuzz.h"
#include "way.h"

static bool count_option(void *context, char **option, int count)
{
  size_t *total = context;
  for (int i = 0; i < count; i++) *total += strlen(option[i]);
  return true;
}

void fuzz_one(const char *data, size_t length)
{
  char *text = malloc(length + 1), **argv = malloc((length + 3) * sizeof *argv);
  memcpy(text, data, length);
  text[length] = '\0';
  size_t count = 0, total = 0;
  argv[count++] = "git";
  for (char *at = text; at <= text + length; at += strlen(at) + 1) argv[count++] = at;
  argv[count] = NULL;
  struct command_line line;
  if (parse_command_line(&line, argv)) {
    each_git_option(&line, count_option, &total);
    char **command = line.argv + line.subcommand;
    way_of(command);
    is_unhooked(command);
    is_hookless(command);
    is_elsewhere(command);
    asks_first(command);
    add_config(&line, "a.b=c");
    if (line.argv[line.subcommand] != command[0]) abort();
    free(line.argv[line.subcommand - 1]);
    free(line.argv[line.subcommand - 2]);
    free(line.argv);
  }
  free(argv);
  free(text);
}
