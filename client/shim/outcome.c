#include "outcome.h"

#include <string.h>
#include <unistd.h>

#include "files.h"
#include "message.h"

static size_t is_malformed(const char **message, const char **hint)
{
  *message = "the daemon's answer makes no sense to this shim";
  *hint = "shim and daemon may be of different versions";
  return 0;
}

static void print_member(struct json *json, size_t result, const char *name, int fd)
{
  size_t length;
  const char *text = json_bytes(json, json_member(json, result, name), &length);
  if (text != NULL) write_all(fd, text, length);
}

size_t obey_outcome(struct json *json, int *exit_code, const char **message, const char **hint)
{
  size_t result = json_member(json, 0, "result"), error = json_member(json, 0, "error");
  if (error != 0) {
    *message = json_text(json, json_member(json, error, "message"));
    *hint = json_text(json, json_member(json, json_member(json, error, "data"), "hint"));
    return *message == NULL ? is_malformed(message, hint) : 0;
  }
  long long code;
  if (!json_count(json, json_member(json, result, "exitCode"), &code) || code > 255) {
    return is_malformed(message, hint);
  }
  *exit_code = (int)code;
  const char *failed;
  int reason = apply_files(json, result, &failed);
  if (reason != 0) warn("cannot update", failed, strerror(reason));
  print_member(json, result, "stdout", STDOUT_FILENO);
  print_member(json, result, "stderr", STDERR_FILENO);
  return result;
}
