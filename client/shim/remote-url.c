#include "remote-url.h"

#include <string.h>

#include "ask-git.h"

bool ask_remote_urls(const struct command_line *line, const char *git, struct bytes *answer)
{
  static const char *const question[] = { "config", "-z", "--get-regexp", "^remote\\..*\\.(push)?url$", NULL };
  return ask_git(line, git, question, answer);
}

bool next_remote_url(const char **at, const char *end, struct remote_url *entry)
{
  if (*at >= end) return false;
  const char *newline = strchr(*at, '\n');
  if (newline == NULL) return false;
  const char *dot = newline;
  while (dot[-1] != '.') dot--;
  entry->name = *at + strlen("remote.");
  entry->name_length = (size_t)(dot - 1 - entry->name);
  entry->url = newline + 1;
  *at = entry->url + strlen(entry->url) + 1;
  return true;
}

void add_remote_config(struct command_line *line, const char *before, const char *name, size_t length,
                       const char *after)
{
  struct bytes text = { 0 };
  if (length == 0 || memchr(name, '=', length) != NULL) return;
  bytes_text(&text, before);
  bytes_add(&text, name, length);
  bytes_text(&text, after);
  bytes_add(&text, "", 1);
  add_config(line, text.data);
  bytes_free(&text);
}
