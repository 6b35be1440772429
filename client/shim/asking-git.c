#include "asking-git.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask-git.h"
#include "files.h"
#include "real-git.h"

enum { MAX_ARGUMENTS = 65536, MAX_STEPS = 4 };

static bool read_process_file(pid_t pid, const char *name, struct bytes *content)
{
  char path[64];
  bool truncated;
  snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
  content->length = 0;
  bool found = read_file(path, 0, MAX_ARGUMENTS, content, &truncated) == 0 && content->length > 0;
  bytes_add(content, "", 1);
  return found;
}

/* 0: unknown. `stat` is "<pid> (<name>) <state> <ppid> …", and the name may hold anything. */
static pid_t parent_of(pid_t pid)
{
  struct bytes content = { 0 };
  long parent = 0;
  if (read_process_file(pid, "stat", &content)) {
    const char *end = strrchr(content.data, ')');
    if (end == NULL || sscanf(end + 1, " %*c %ld", &parent) != 1) parent = 0;
  }
  bytes_free(&content);
  return (pid_t)parent;
}

static bool has_argument(const struct bytes *arguments, bool (*matches)(const char *argument))
{
  for (size_t at = 0; at < arguments->length; at += strlen(arguments->data + at) + 1) {
    if (matches(arguments->data + at)) return true;
  }
  return false;
}

static bool is_helper(const char *argument)
{
  return strcmp(argument, "remote-gitiso") == 0;
}

static bool is_progress(const char *argument)
{
  return strcmp(argument, "--progress") == 0;
}

/* Forms that are silent, and commands that never show how far they are. */
static bool is_quiet(const char *argument)
{
  if (argument[0] != '-') return strcmp(argument, "ls-remote") == 0;
  if (argument[1] == '-') return strcmp(argument, "--quiet") == 0 || strcmp(argument, "--no-progress") == 0;
  return strchr(argument, 'q') != NULL && argument[1 + strspn(argument + 1, "abcdefghijklmnopqrstuvwxyz")] == '\0';
}

/* git starts `git remote-gitiso`, and that the helper: whoever stands above both has the options. */
bool wants_progress(void)
{
  struct bytes arguments = { 0 };
  bool found = false;
  pid_t pid = getppid();
  for (int step = 0; step < MAX_STEPS && pid > 1 && !found; step++) {
    found = read_process_file(pid, "cmdline", &arguments) && !has_argument(&arguments, is_helper);
    if (!found) pid = parent_of(pid);
  }
  bool wanted = isatty(STDERR_FILENO) != 0;
  if (found && has_argument(&arguments, is_quiet)) wanted = false;
  else if (found && has_argument(&arguments, is_progress)) wanted = true;
  bytes_free(&arguments);
  return wanted;
}

int wanted_protocol(void)
{
  static const char *const question[] = { "config", "--get", "protocol.version", NULL };
  char *argv[] = { "git", NULL };
  const struct command_line line = { .argv = argv, .subcommand = 1 };
  const char *git = find_real_git();
  struct bytes answer = { 0 };
  int version = 2;
  if (git != NULL && ask_git(&line, git, question, &answer) && answer.data[0] >= '0' && answer.data[0] <= '1') {
    version = answer.data[0] - '0';
  }
  bytes_free(&answer);
  return version;
}
