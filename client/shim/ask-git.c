#include "ask-git.h"

#include <stdlib.h>
#include <string.h>

#include "run.h"

extern char **environ;

enum { MAX_ANSWER = 1 << 20 };

struct list {
  char **items;
  size_t count;
};

static bool add_option(void *context, char **option, int count)
{
  struct list *list = context;
  if (strcmp(option[0], "-C") == 0) return true;
  for (int i = 0; i < count; i++) list->items[list->count++] = option[i];
  return true;
}

char **git_argv(const struct command_line *line, const char *const *arguments, const char *last)
{
  size_t count = 0;
  while (arguments[count] != NULL) count++;
  struct list list = { .items = allocate(((size_t)line->subcommand + count + 3) * sizeof(char *)) };
  list.items[list.count++] = "git";
  each_git_option(line, add_option, &list);
  for (size_t i = 0; i < count; i++) list.items[list.count++] = (char *)arguments[i];
  if (last != NULL) list.items[list.count++] = (char *)last;
  list.items[list.count] = NULL;
  return list.items;
}

bool ask_git(const struct command_line *line, const char *git, const char *const *arguments, struct bytes *answer)
{
  char **argv = git_argv(line, arguments, NULL);
  struct run run = {
    .program = git,
    .argv = argv,
    .environment = environ,
    .out = STREAM_CAPTURE,
    .limit = MAX_ANSWER,
  };
  run_start(&run);
  run_finish(&run);
  bytes_add(answer, run.out_bytes.data, run.out_bytes.length);
  bytes_add(answer, "", 1);
  bool succeeded = run_exit_code(&run) == 0 && !run.truncated;
  run_free(&run);
  free(argv);
  return succeeded;
}
