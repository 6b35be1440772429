#include "prefetch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask-git.h"
#include "generated.h"
#include "invocation.h"
#include "loose-object.h"

extern char **environ;

enum { MAX_CHANGES = 4 << 20, MAX_OBJECTS = 8 << 20 };

/* The changes are relative to the true tree, whatever the agent's refs/replace pretend. */
static char **true_environment(void)
{
  size_t count = 0;
  while (environ[count] != NULL) count++;
  char **environment = allocate((count + 2) * sizeof *environment);
  environment[0] = "GIT_NO_REPLACE_OBJECTS=1";
  memcpy(environment + 1, environ, (count + 1) * sizeof *environment);
  return environment;
}

void prefetch_start(struct prefetch *prefetch, const struct command_line *line, const char *git, const char *parent)
{
  prefetch->argv = git_argv(line, commit_prefetch, parent);
  prefetch->environment = true_environment();
  prefetch->run = (struct run){
    .program = git,
    .argv = prefetch->argv,
    .environment = prefetch->environment,
    .out = STREAM_CAPTURE,
    .limit = MAX_CHANGES,
  };
  run_start(&prefetch->run);
}

/* Adds one object, if it is loose in the quarantine and fits. */
static void add_object(struct prefetch *prefetch, int quarantine, const char *id)
{
  struct bytes *objects = &prefetch->parts[PREFETCH_OBJECTS], file = { 0 };
  const size_t header = OID_LENGTH + 12;
  size_t used = objects->length + header;
  if (used < MAX_OBJECTS && read_loose(quarantine, id, MAX_OBJECTS - used, &file)) {
    add_loose(objects, id, &file);
    bytes_add(&prefetch->ids, id, OID_LENGTH);
  }
  bytes_free(&file);
}

/*
 * The raw part is `:<mode> <mode> <id> <id> <status>` NUL and one path, or two after R and C, each with a NUL.
 * Calls for every id that is new and no submodule.
 */
static void add_objects(struct prefetch *prefetch, int quarantine)
{
  const size_t line_length = strlen(":100644 100644 ") + 2 * (OID_LENGTH + 1) + 1;
  const struct bytes *changes = &prefetch->parts[PREFETCH_CHANGES];
  const char *at = changes->data, *end = changes->data + changes->length;
  const char *previous = NULL;
  while ((size_t)(end - at) > line_length && *at == ':') {
    const char *mode = at + 8, *id = at + 15 + OID_LENGTH + 1, *status = id + OID_LENGTH + 1;
    bool is_new = strspn(id, "0") < OID_LENGTH && strspn(id, "0123456789abcdef") == OID_LENGTH;
    bool is_repeated = previous != NULL && memcmp(previous, id, OID_LENGTH) == 0;
    if (is_new && !is_repeated && strncmp(mode, "160000", 6) != 0) {
      add_object(prefetch, quarantine, id);
      previous = id;
    }
    int strings = *status == 'R' || *status == 'C' ? 3 : 2;
    for (at = status; strings > 0 && at < end; strings--) {
      const char *next = memchr(at, '\0', (size_t)(end - at));
      at = next == NULL ? end : next + 1;
    }
  }
}

bool prefetch_finish(struct prefetch *prefetch)
{
  run_finish(&prefetch->run);
  free(prefetch->argv);
  free(prefetch->environment);
  if (run_exit_code(&prefetch->run) != 0 || prefetch->run.truncated) return false;
  struct bytes *changes = &prefetch->parts[PREFETCH_CHANGES];
  *changes = prefetch->run.out_bytes;
  bytes_reserve(changes, 1);
  changes->data[changes->length] = '\0'; /* So that no search runs past the end. */
  int quarantine = open_quarantine();
  if (quarantine >= 0) {
    add_objects(prefetch, quarantine);
    close(quarantine);
  }
  return true;
}

void prefetch_forget(const struct prefetch *prefetch)
{
  int quarantine = open_quarantine();
  for (size_t i = 0; quarantine >= 0 && i < prefetch->ids.length; i += OID_LENGTH) {
    const char *id = prefetch->ids.data + i;
    char path[OID_LENGTH + 2] = { id[0], id[1], '/' };
    memcpy(path + 3, id + 2, OID_LENGTH - 2);
    unlinkat(quarantine, path, 0);
  }
  if (quarantine >= 0) close(quarantine);
}
