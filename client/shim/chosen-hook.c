#include "chosen-hook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "generated.h"
#include "our-hook.h"
#include "run.h"

extern char **environ;

enum { LIMIT_BYTES = 65536 };

bool is_chosen_hook(const char *name)
{
  return strncmp(name, STAND_IN_HOOKS, strlen(STAND_IN_HOOKS)) == 0;
}

/* The path of the hook that `name` stands for; NULL: there is none. */
static char *chosen_path(const char *name)
{
  struct bytes path = { 0 }, folder = { 0 };
  bool truncated;
  const char *base = strrchr(name, '/') + 1;
  bytes_add(&path, name, (size_t)(base - name));
  bytes_add(&path, CHOSEN_FOLDER, sizeof CHOSEN_FOLDER);
  bool known = read_file(path.data, 0, LIMIT_BYTES, &folder, &truncated) == 0;
  bytes_free(&path);
  if (!known) return NULL;
  bytes_text(&folder, "/");
  bytes_add(&folder, base, strlen(base) + 1);
  return folder.data;
}

static void become(const char *path, char **argv)
{
  execv(path, argv);
  if (errno != ENOEXEC) return;
  size_t count = 0;
  while (argv[count] != NULL) count++;
  char **script = allocate((count + 2) * sizeof *script);
  script[0] = "sh";
  memcpy(script + 1, argv, (count + 1) * sizeof *script);
  execv("/bin/sh", script);
}

void run_chosen_hook(char **argv)
{
  char *path = chosen_path(argv[0]);
  if (path != NULL) {
    argv[0] = path;
    become(path, argv);
  }
  /* It was removed a moment ago: git would have found none. */
  _exit(0);
}

int run_project_reference_hook(char **argv, const struct bytes *input)
{
  char *path = is_chosen_hook(argv[0]) ? chosen_path(argv[0]) : strdup(GITISO_GITDIR "/hooks/" PROJECT_REFERENCE_HOOK);
  if (path == NULL || access(path, X_OK) != 0) {
    free(path);
    return 0;
  }
  char *hook[] = { path, argv[1], NULL };
  struct run run = {
    .program = path,
    .argv = hook,
    .environment = environ,
    .in = STREAM_CAPTURE,
    .out = STREAM_INHERIT,
    .err = STREAM_INHERIT,
    .input = input->data,
    .input_length = input->length,
  };
  run_start(&run);
  run_finish(&run);
  free(path);
  return run_exit_code(&run);
}
