#include "route-push.h"

#include <string.h>
#include <unistd.h>

#include "ask-git.h"
#include "bytes.h"
#include "generated.h"
#include "remote-url.h"
#include "workspace.h"

#define RECEIVER GITISO_SHIM " receive-pack"

static bool is_workspace(const char *url)
{
  static const char local[] = "file://";
  if (strncmp(url, local, strlen(local)) == 0) url += strlen(local);
  return place_of_repository(url) != PLACE_ELSEWHERE;
}

/* Values of options that stand alone are taken for it too: such a push is only looked at when it is over. */
static const char *named_repository(char *const *arguments)
{
  for (; *arguments != NULL; arguments++) {
    if ((*arguments)[0] != '-') return *arguments;
  }
  return NULL;
}

static void route_remotes(struct command_line *line, const struct bytes *answer)
{
  const char *at = answer->data, *end = answer->data + answer->length - 1;
  struct remote_url entry;
  while (next_remote_url(&at, end, &entry)) {
    if (is_workspace(entry.url)) {
      add_remote_config(line, "remote.", entry.name, entry.name_length, ".receivepack=" RECEIVER);
    }
  }
}

void route_push(struct command_line *line, char *const *command, const char *git)
{
  if (strcmp(command[0], "push") != 0 && strcmp(command[0], "send-pack") != 0) return;
  const char *named = named_repository(command + 1);
  struct bytes answer = { 0 };
  if (named != NULL && is_workspace(named)) add_argument(line, "--receive-pack=" RECEIVER);
  else if (ask_remote_urls(line, git, &answer)) route_remotes(line, &answer);
  bytes_free(&answer);
}

void enter_receiving(char *const *command)
{
  if (strcmp(command[0], "receive-pack") != 0) return;
  const char *repository = named_repository(command + 1);
  bool is_there = repository != NULL && chdir(repository) == 0 && chdir(".git") == 0;
  (void)is_there; /* Or it is a git directory itself, or git says what is wrong. */
}
