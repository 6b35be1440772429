#include "route-remote.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "generated.h"
#include "remote-url.h"

enum { MAX_FILE = 1 << 20 };

/* The URL up to what servers take for the same: no slash, no `.git` at its end. */
static size_t stem_length(const char *url, size_t length)
{
  while (length > 0 && url[length - 1] == '/') length--;
  if (length > 4 && memcmp(url + length - 4, ".git", 4) == 0) length -= 4;
  return length;
}

/* A line is a URL, or the beginning of URLs and `*`. */
static bool matches_line(const char *line, size_t length, const char *url)
{
  size_t url_length = strlen(url);
  if (length > 0 && line[length - 1] == '*') return url_length >= length - 1 && memcmp(line, url, length - 1) == 0;
  length = stem_length(line, length);
  return stem_length(url, url_length) == length && memcmp(line, url, length) == 0;
}

static bool is_routed(const struct bytes *routes, const char *url)
{
  for (const char *line = routes->data; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    if (length > 0 && matches_line(line, length, url)) return true;
    line += length + (line[length] == '\n');
  }
  return false;
}

static bool is_helper_url(const char *url)
{
  return strncmp(url, "gitiso::", 8) == 0;
}

/* Makes git take the helper for every URL that begins so, whoever names it. */
static void route_url(struct command_line *line, const char *url, size_t length)
{
  char *after = allocate(sizeof ".insteadOf=" + length);
  strcpy(after, ".insteadOf=");
  strncat(after, url, length);
  add_remote_config(line, "url.gitiso::", url, length, after);
  free(after);
}

/* For what is not a remote yet, and for the commands git starts in other repositories. */
static void route_all(struct command_line *line, const struct bytes *routes)
{
  for (const char *at = routes->data; *at != '\0';) {
    size_t length = strcspn(at, "\n");
    size_t url_length = length > 0 && at[length - 1] == '*' ? length - 1 : length;
    if (!is_helper_url(at)) route_url(line, at, url_length);
    at += length + (at[length] == '\n');
  }
}

static void route_arguments(struct command_line *line, const struct bytes *routes)
{
  for (char **argument = line->argv + line->subcommand + 1; *argument != NULL; argument++) {
    if (!is_helper_url(*argument) && is_routed(routes, *argument)) {
      route_url(line, *argument, strlen(*argument));
      return;
    }
  }
}

static bool is_same_remote(const struct remote_url *a, const struct remote_url *b)
{
  return a->name_length == b->name_length && memcmp(a->name, b->name, a->name_length) == 0;
}

/* A remote whose URLs are all routed is the helper's, under its true URL. Of others the URLs are routed. */
static void route_entry(struct command_line *line, const struct bytes *routes, const struct bytes *answer,
                        const struct remote_url *entry, bool by_url)
{
  if (is_helper_url(entry->url) || !is_routed(routes, entry->url)) return;
  const char *at = answer->data, *end = answer->data + answer->length - 1;
  struct remote_url other;
  while (next_remote_url(&at, end, &other)) {
    if (is_same_remote(entry, &other) && !is_routed(routes, other.url)) by_url = true;
  }
  if (by_url) route_url(line, entry->url, strlen(entry->url));
  else add_remote_config(line, "remote.", entry->name, entry->name_length, ".vcs=gitiso");
}

static void route_remotes(struct command_line *line, const char *git, const struct bytes *routes)
{
  struct bytes answer = { 0 };
  if (ask_remote_urls(line, git, &answer)) {
    /* git hands a remote's configuration on to its submodules, where the same name is another remote. */
    bool has_submodules = access(GITISO_GITDIR "/modules", F_OK) == 0;
    const char *at = answer.data, *end = answer.data + answer.length - 1;
    struct remote_url entry;
    while (next_remote_url(&at, end, &entry)) route_entry(line, routes, &answer, &entry, has_submodules);
  }
  bytes_free(&answer);
}

/* git looks for its helpers in PATH. */
static void keep_helper_in_path(void)
{
  const char *path = getenv("PATH");
  struct bytes longer = { 0 };
  if (path != NULL && strstr(path, GITISO_BIN) != NULL) return;
  bytes_text(&longer, path == NULL ? "/usr/bin:/bin" : path);
  bytes_text(&longer, ":" GITISO_BIN);
  bytes_add(&longer, "", 1);
  setenv("PATH", longer.data, 1);
  bytes_free(&longer);
}

/* False: there are none. */
static bool read_routes(struct bytes *routes)
{
  bool truncated;
  if (read_file(GITISO_ETC "/remotes", 0, MAX_FILE, routes, &truncated) != 0 || routes->length == 0) return false;
  bytes_add(routes, "", 1);
  return true;
}

void route_remote(struct command_line *line, const char *git)
{
  const char *command = line->argv[line->subcommand];
  struct bytes routes = { 0 };
  if (read_routes(&routes)) {
    keep_helper_in_path();
    /* Else submodules may not use it. */
    add_config(line, "protocol.gitiso.allow=always");
    if (strcmp(command, "clone") == 0 || strcmp(command, "submodule") == 0) {
      route_all(line, &routes);
    } else {
      route_arguments(line, &routes);
      route_remotes(line, git, &routes);
    }
  }
  bytes_free(&routes);
}

void route_in_hooks(struct command_line *line)
{
  struct bytes routes = { 0 };
  if (read_routes(&routes)) {
    keep_helper_in_path();
    route_all(line, &routes);
  }
  bytes_free(&routes);
}
