#include "way.h"

#include <stdlib.h>
#include <string.h>

#include "generated.h"

static bool contains(const char *const *list, const char *argument)
{
  for (; list != NULL && *list != NULL; list++) {
    if (strcmp(*list, argument) == 0) return true;
  }
  return false;
}

/* One dash and letters: -qb. */
static bool is_cluster(const char *argument)
{
  return argument[0] == '-' && argument[1] != '\0' && argument[1] != '-';
}

static bool takes_next(const char *const *values, const char *argument)
{
  if (contains(values, argument)) return true;
  if (!is_cluster(argument)) return false;
  char last[] = { '-', argument[strlen(argument) - 1], '\0' };
  return contains(values, last);
}

static bool is_local_form(const struct command_rule *rule, char *const *arguments)
{
  if (arguments[0] != NULL && arguments[1] == NULL && strcmp(arguments[0], "-h") == 0) return true;
  for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
    if (contains(rule->any, *arguments)) return true;
    if (takes_next(rule->values, *arguments) && *++arguments == NULL) return false;
    if (strcmp(*arguments, "--") == 0) return false;
  }
  return false;
}

static const struct command_rule *find_rule(const char *name)
{
  const size_t rule_count = sizeof command_rules / sizeof command_rules[0];
  for (size_t i = 0; i < rule_count; i++) {
    if (strcmp(command_rules[i].name, name) == 0) return &command_rules[i];
  }
  return NULL;
}

static int compare_names(const void *name, const void *known)
{
  return strcmp(name, *(const char *const *)known);
}

enum way way_of(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  if (rule != NULL) return is_local_form(rule, arguments + 1) ? WAY_LOCAL : rule->way;
  const size_t known_count = sizeof known_commands / sizeof known_commands[0] - 1;
  const void *known = bsearch(arguments[0], known_commands, known_count, sizeof known_commands[0], compare_names);
  return known != NULL ? WAY_LOCAL : WAY_UNKNOWN;
}

static bool matches_option(const char *option, const char *argument)
{
  if (is_cluster(argument)) return is_cluster(option) && strchr(argument + 1, option[1]) != NULL;
  return strlen(argument) > 2 && strncmp(option, argument, strlen(argument)) == 0;
}

bool is_unhooked(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  if (rule == NULL) return false;
  if (rule->unhooked == NULL) return rule->always_unhooked;
  while (*++arguments != NULL && strcmp(*arguments, "--") != 0) {
    for (const char *const *option = rule->unhooked; *option != NULL; option++) {
      if (matches_option(*option, *arguments)) return true;
    }
  }
  return false;
}

bool is_elsewhere(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  return rule != NULL && rule->elsewhere;
}

bool is_hookless(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  return rule != NULL && rule->hookless;
}

bool is_replaying(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  return rule != NULL && rule->replays;
}

bool asks_first(char *const *arguments)
{
  const struct command_rule *rule = find_rule(arguments[0]);
  if (rule == NULL || rule->asks_unless == NULL) return false;
  while (*++arguments != NULL) {
    if (contains(rule->asks_unless, *arguments)) return false;
  }
  return true;
}
