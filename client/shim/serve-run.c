#include "serve-run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "run.h"

extern char **environ;

static bool names_variable(const char *entry, const char *name)
{
  size_t length = strlen(name);
  return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

/* The shim's environment with the members of an object over it; "" unsets. The strings share one allocation. */
static char **make_environment(struct json *json, size_t object, struct bytes *strings)
{
  size_t count = 0, end = json_is(json, object, JSON_OBJECT) ? json->values[object].next : object + 1;
  while (environ[count] != NULL) count++;
  char **result = allocate((count + (end - object) + 1) * sizeof *result);
  memcpy(result, environ, count * sizeof *result);

  size_t room = 0;
  for (size_t i = object + 1; i < end; i++) room += json->values[i].length + 2;
  bytes_reserve(strings, room + 1);
  for (size_t key = object + 1; key < end; key = json->values[key + 1].next) {
    size_t length;
    const char *name = json_bytes(json, key, NULL), *value = json_bytes(json, key + 1, &length);
    if (name == NULL || value == NULL || strlen(value) != length) {
      free(result);
      return NULL;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
      if (!names_variable(result[i], name)) result[kept++] = result[i];
    }
    count = kept;
    if (length == 0) continue;
    result[count++] = strings->data + strings->length;
    bytes_text(strings, name);
    bytes_text(strings, "=");
    bytes_add(strings, value, length + 1);
  }
  result[count] = NULL;
  return result;
}

static bool stream_of(struct json *json, size_t params, const char *name, const char *captured, enum stream *stream)
{
  const char *text = json_bytes(json, json_member(json, params, name), NULL);
  if (text == NULL) return false;
  if (strcmp(text, captured) == 0) *stream = STREAM_CAPTURE;
  else if (strcmp(text, "inherit") == 0) *stream = STREAM_INHERIT;
  else if (strcmp(text, "null") == 0) *stream = STREAM_NULL;
  else return false;
  return true;
}

static bool prepare_run(const struct server *server, struct message *message, size_t params, struct run *run)
{
  struct json *json = &message->json;
  long long limit;
  if (!stream_of(json, params, "stdin", "attachment", &run->in)) return false;
  if (!stream_of(json, params, "stdout", "capture", &run->out)) return false;
  if (!stream_of(json, params, "stderr", "capture", &run->err)) return false;
  if (!json_count(json, json_member(json, params, "limit"), &limit)) return false;
  run->limit = (size_t)limit;
  run->input = message->attachment.data;
  run->input_length = message->attachment.length;
  run->connection = server->connection;
  run->abandon = server->abandon;
  size_t program = json_member(json, params, "program");
  if (program != 0) {
    run->program = json_bytes(json, program, NULL);
    return run->program != NULL;
  }
  /* Without a git this cannot be started, which the answer tells. */
  run->program = server->git == NULL ? "/nonexistent/git" : server->git;
  return true;
}

bool serve_run(const struct server *server, struct message *message, size_t params, struct answer *answer)
{
  struct json *json = &message->json;
  struct run run = { 0 };
  struct bytes strings = { 0 };
  if (!prepare_run(server, message, params, &run)) return false;
  const char *name = json_member(json, params, "program") == 0 ? "git" : run.program;
  char **argv = json_strings(json, json_member(json, params, "args"), name);
  size_t overrides = json_member(json, params, "env");
  char **environment = overrides == 0 ? environ : make_environment(json, overrides, &strings);
  bool valid = argv != NULL && environment != NULL;
  if (valid) {
    run.argv = argv;
    run.environment = environment;
    run_start(&run);
    run_finish(&run);
    bytes_text(&answer->result, "{\"exitCode\":");
    bytes_number(&answer->result, run_exit_code(&run));
    bytes_text(&answer->result, ",\"signal\":");
    bytes_number(&answer->result, WIFSIGNALED(run.status) ? WTERMSIG(run.status) : 0);
    bytes_text(&answer->result, run.truncated ? ",\"truncated\":true}" : ",\"truncated\":false}");
    if (run.out == STREAM_CAPTURE || run.err == STREAM_CAPTURE) {
      answer->attachments[0] = run.out_bytes;
      answer->attachments[1] = run.err_bytes;
      answer->attachment_count = 2;
    }
  }
  if (environment != environ) free(environment);
  bytes_free(&strings);
  free(argv);
  return valid;
}
