#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "serve-run.h"
#include "usage.h"

enum { INVALID_PARAMS = -32602, METHOD_NOT_FOUND = -32601 };

static bool send_answer(struct connection *connection, const struct json_value *id, const struct answer *answer,
                        int error)
{
  struct bytes body = { 0 };
  bytes_text(&body, "{\"jsonrpc\":\"2.0\",\"id\":");
  if (id->kind == JSON_STRING) bytes_text(&body, "\"");
  bytes_add(&body, id->text, id->length);
  if (id->kind == JSON_STRING) bytes_text(&body, "\"");
  if (error == 0) {
    bytes_text(&body, ",\"result\":");
    bytes_add(&body, answer->result.data, answer->result.length);
  } else {
    bytes_text(&body, ",\"error\":{\"code\":");
    bytes_number(&body, error);
    bytes_text(&body, error == INVALID_PARAMS ? ",\"message\":\"invalid params\"}" : ",\"message\":\"no such method\"}");
  }
  bytes_text(&body, "}");
  bool sent = rpc_send(connection, answer->attachments, error == 0 ? answer->attachment_count : 0, &body);
  bytes_free(&body);
  return sent;
}

static void add_errno(struct bytes *result, int reason)
{
  bytes_text(result, "{\"errno\":");
  bytes_number(result, reason);
  bytes_text(result, ",\"message\":");
  bytes_json_text(result, reason == 0 ? "" : strerror(reason));
}

static bool serve_read(struct message *message, size_t params, struct answer *answer)
{
  struct json *json = &message->json;
  long long limit, offset = 0;
  bool truncated = false;
  size_t from = json_member(json, params, "offset");
  if (from != 0 && !json_count(json, from, &offset)) return false;
  const char *path = json_bytes(json, json_member(json, params, "path"), NULL);
  if (path == NULL || !json_count(json, json_member(json, params, "limit"), &limit)) return false;
  int reason = read_file(path, offset, (size_t)limit, &answer->attachments[0], &truncated);
  add_errno(&answer->result, reason);
  bytes_text(&answer->result, truncated ? ",\"truncated\":true}" : ",\"truncated\":false}");
  answer->attachment_count = reason == 0 ? 1 : 0;
  return true;
}

static bool serve_files(struct message *message, size_t params, struct answer *answer)
{
  const char *failed;
  if (!json_is(&message->json, params, JSON_OBJECT)) return false;
  add_errno(&answer->result, apply_files(&message->json, params, &failed));
  bytes_text(&answer->result, "}");
  return true;
}

static bool serve_usage(struct message *message, size_t params, struct answer *answer)
{
  char **paths = json_strings(&message->json, json_member(&message->json, params, "paths"), NULL);
  if (paths == NULL) return false;
  bytes_text(&answer->result, "{\"usage\":[");
  for (char **path = paths + 1; *path != NULL; path++) {
    long long bytes, inodes;
    measure_folder(*path, &bytes, &inodes);
    bytes_text(&answer->result, path == paths + 1 ? "{\"bytes\":" : ",{\"bytes\":");
    bytes_number(&answer->result, bytes);
    bytes_text(&answer->result, ",\"inodes\":");
    bytes_number(&answer->result, inodes);
    bytes_text(&answer->result, "}");
  }
  bytes_text(&answer->result, "]}");
  free(paths);
  return true;
}

/* Prints at once, in whole. */
static void obey_output(struct json *json, size_t params)
{
  size_t length;
  long long fd;
  const char *text = json_bytes(json, json_member(json, params, "text"), &length);
  if (text == NULL || !json_count(json, json_member(json, params, "fd"), &fd) || fd < 1 || fd > 2) return;
  write_all((int)fd, text, length);
}

bool serve(const struct server *server, struct message *message)
{
  struct json *json = &message->json;
  const char *method = json_bytes(json, json_member(json, 0, "method"), NULL);
  size_t params = json_member(json, 0, "params"), id = json_member(json, 0, "id");
  if (method == NULL) return true;
  if (id == 0) {
    if (strcmp(method, "shim.output") == 0) obey_output(json, params);
    return true;
  }

  struct answer answer = { 0 };
  int error = INVALID_PARAMS;
  if (strcmp(method, "shim.run") == 0) error = serve_run(server, message, params, &answer) ? 0 : error;
  else if (strcmp(method, "shim.read") == 0) error = serve_read(message, params, &answer) ? 0 : error;
  else if (strcmp(method, "shim.files") == 0) error = serve_files(message, params, &answer) ? 0 : error;
  else if (strcmp(method, "shim.usage") == 0) error = serve_usage(message, params, &answer) ? 0 : error;
  else error = METHOD_NOT_FOUND;
  bool sent = send_answer(server->connection, &json->values[id], &answer, error);
  bytes_free(&answer.result);
  for (int i = 0; i < MAX_ATTACHMENTS; i++) bytes_free(&answer.attachments[i]);
  return sent;
}
