#include "invocation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config-stamp.h"
#include "conversation.h"
#include "generated.h"

extern char **environ;

enum { MAX_NAME = 256, MAX_VALUE = 65536, MAX_COLUMNS = 100000 };

void read_line(const char *path, char *line, size_t size)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t got = fd < 0 ? -1 : read(fd, line, size - 1);
  if (fd >= 0) close(fd);
  line[got < 0 ? 0 : got] = '\0';
  line[strcspn(line, "\n")] = '\0';
}

void read_head(struct head *head)
{
  static const char symbolic[] = "ref: ";
  read_line(GITISO_GITDIR "/HEAD", head->text, sizeof head->text);
  head->commit[0] = '\0';
  head->ref = NULL;
  if (strncmp(head->text, symbolic, strlen(symbolic)) != 0) return;
  head->ref = head->text + strlen(symbolic);
  char path[sizeof GITISO_SHARED "/" + HEAD_LIMIT] = GITISO_SHARED "/";
  strcat(path, head->ref);
  read_line(path, head->commit, sizeof head->commit);
  bool is_id = strspn(head->commit, "0123456789abcdef") == OID_LENGTH && head->commit[OID_LENGTH] == '\0';
  if (!is_id) head->commit[0] = '\0';
}

static void add_name(struct bytes *body, const char *name)
{
  bytes_text(body, ",\"");
  bytes_text(body, name);
  bytes_text(body, "\":");
}

static void add_text(struct bytes *body, const char *name, const char *text)
{
  add_name(body, name);
  bytes_json_text(body, text);
}

/* An item of an array or object whose opening bracket is the last byte before the first one. */
static void add_item(struct bytes *body, const char *text, size_t length)
{
  char last = body->data[body->length - 1];
  if (last != '[' && last != '{') bytes_text(body, ",");
  bytes_json(body, text, length);
}

static bool add_option(void *context, char **option, int count)
{
  if (strcmp(option[0], "-C") == 0) return true;
  for (int i = 0; i < count; i++) add_item(context, option[i], strlen(option[i]));
  return true;
}

static bool is_told(const char *entry, size_t name_length)
{
  static const char *const names[] = { "EDITOR", "VISUAL", "TERM", "TZ" };
  if (strncmp(entry, "GIT_", 4) == 0) return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strlen(names[i]) == name_length && strncmp(entry, names[i], name_length) == 0) return true;
  }
  return false;
}

static void add_environment(struct bytes *body)
{
  add_name(body, "env");
  bytes_text(body, "{");
  for (char **entry = environ; *entry != NULL; entry++) {
    size_t length = strcspn(*entry, "=");
    if ((*entry)[length] == '\0' || length > MAX_NAME || !is_told(*entry, length)) continue;
    const char *value = *entry + length + 1;
    if (strlen(value) > MAX_VALUE) continue;
    add_item(body, *entry, length);
    bytes_text(body, ":");
    bytes_json_text(body, value);
  }
  bytes_text(body, "}");
}

static void add_terminal(struct bytes *body)
{
  const char *wanted = getenv("COLUMNS");
  int columns = wanted == NULL ? 0 : atoi(wanted);
  if (columns < 0 || columns > MAX_COLUMNS) columns = 0;
  add_name(body, "tty");
  for (int fd = 0; fd < 3; fd++) {
    struct winsize size;
    bool terminal = ioctl(fd, TIOCGWINSZ, &size) == 0;
    if (terminal && fd > 0 && columns == 0) columns = size.ws_col;
    bytes_text(body, fd == 0 ? "[" : ",");
    bytes_text(body, terminal ? "true" : "false");
  }
  bytes_text(body, "]");
  add_name(body, "columns");
  bytes_number(body, columns);
}

static void add_timezone(struct bytes *body)
{
  time_t now = time(NULL);
  struct tm local;
  long minutes = localtime_r(&now, &local) == NULL ? 0 : local.tm_gmtoff / 60;
  long east = minutes < 0 ? -minutes : minutes;
  char zone[] = { minutes < 0 ? '-' : '+',       (char)('0' + east / 600 % 10), (char)('0' + east / 60 % 10),
                  (char)('0' + east % 60 / 10), (char)('0' + east % 10),       '\0' };
  add_text(body, "timezone", zone);
}

static void add_present(struct bytes *body, const char *folder, const char *const *names)
{
  int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (; fd >= 0 && *names != NULL; names++) {
    if (faccessat(fd, *names, F_OK, 0) == 0) add_item(body, *names, strlen(*names));
  }
  if (fd >= 0) close(fd);
}

/* What is under way: known files of the git directory, and a lock on the branch, whatever its name. */
static void add_state(struct bytes *body, const struct head *head)
{
  add_name(body, "state");
  bytes_text(body, "[");
  add_present(body, GITISO_GITDIR, state_files);
  char lock[sizeof GITISO_GITDIR "/.lock" + HEAD_LIMIT] = GITISO_GITDIR "/";
  if (head->ref != NULL) {
    strcat(strcat(lock, head->ref), ".lock");
    if (access(lock, F_OK) == 0) add_item(body, "branch.lock", strlen("branch.lock"));
  }
  bytes_text(body, "]");
}

static void add_hooks(struct bytes *body)
{
  add_name(body, "hooks");
  bytes_text(body, "[");
  add_present(body, GITISO_GITDIR "/hooks", commit_hooks);
  bytes_text(body, "]");
}

bool has_commit_hooks(void)
{
  struct bytes path = { 0 };
  bool has_some = false;
  for (const char *const *name = commit_hooks; *name != NULL && !has_some; name++) {
    path.length = 0;
    bytes_text(&path, GITISO_GITDIR "/hooks/");
    bytes_add(&path, *name, strlen(*name) + 1);
    has_some = access(path.data, F_OK) == 0;
  }
  bytes_free(&path);
  return has_some;
}

void begin_invocation(struct bytes *body, const char *method, const struct command_line *line, const char *prefix,
                      const struct head *head)
{
  bytes_text(body, "{\"jsonrpc\":\"2.0\",\"id\":");
  bytes_number(body, REQUEST_ID);
  add_text(body, "method", method);
  bytes_text(body, ",\"params\":{");
  add_request_key(body);
  add_name(body, "globals");
  bytes_text(body, "[");
  each_git_option(line, add_option, body);
  bytes_text(body, "]");
  add_name(body, "argv");
  bytes_text(body, "[");
  for (char **argument = line->argv + line->subcommand; *argument != NULL; argument++) {
    add_item(body, *argument, strlen(*argument));
  }
  bytes_text(body, "]");
  add_text(body, "prefix", prefix);
  add_environment(body);
  add_terminal(body);
  add_timezone(body);
  add_text(body, "head", head->text);
  add_state(body, head);
  add_hooks(body);
  struct bytes stamp = { 0 };
  add_config_stamp(&stamp, line);
  add_name(body, "configStamp");
  bytes_json(body, stamp.data, stamp.length);
  bytes_free(&stamp);
}

void end_invocation(struct bytes *body, const char *parent, bool prefetched)
{
  add_name(body, "parent");
  if (parent == NULL) bytes_text(body, "null");
  else bytes_json_text(body, parent);
  add_name(body, "prefetched");
  bytes_text(body, prefetched ? "true}}" : "false}}");
}
