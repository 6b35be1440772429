#include "way.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "generated.h"

static bool matches(const char *const *patterns, const char *argument)
{
  for (; patterns != NULL && *patterns != NULL; patterns++) {
    size_t length = strlen(*patterns);
    if ((*patterns)[length - 1] == '*') {
      if (strncmp(*patterns, argument, length - 1) == 0) return true;
    } else if (strcmp(*patterns, argument) == 0) {
      return true;
    }
  }
  return false;
}

/* One dash and letters: -qb. */
static bool is_cluster(const char *argument)
{
  return argument[0] == '-' && argument[1] != '\0' && argument[1] != '-';
}

static bool matches_cluster(const char *const *patterns, const char *argument)
{
  if (matches(patterns, argument)) return true;
  if (!is_cluster(argument)) return false;
  for (; *patterns != NULL; patterns++) {
    if (is_cluster(*patterns) && strchr(argument + 1, (*patterns)[1]) != NULL) return true;
  }
  return false;
}

static bool takes_next(const char *const *values, const char *argument)
{
  if (matches(values, argument)) return true;
  if (!is_cluster(argument)) return false;
  char last[] = { '-', argument[strlen(argument) - 1], '\0' };
  return matches(values, last);
}

static bool has_write(const struct command_rule *rule, char *const *arguments)
{
  for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
    if (matches_cluster(rule->writes, *arguments)) return true;
  }
  return false;
}

static bool has_any(const struct command_rule *rule, char *const *arguments)
{
  for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
    if (matches(rule->any, *arguments)) return true;
    if (takes_next(rule->values, *arguments) && *++arguments == NULL) return false;
    if (strcmp(*arguments, "--") == 0) return false;
  }
  return false;
}

static bool has_only(const struct command_rule *rule, char *const *arguments)
{
  for (; *arguments != NULL; arguments++) {
    if (!matches(rule->only, *arguments)) return false;
    if (takes_next(rule->values, *arguments) && *++arguments == NULL) return true;
  }
  return true;
}

static bool is_local_form(const struct command_rule *rule, char *const *arguments)
{
  if (arguments[0] != NULL && arguments[1] == NULL && strcmp(arguments[0], "-h") == 0) return true;
  if (rule->writes != NULL && !has_write(rule, arguments)) return true;
  if (arguments[0] != NULL && matches(rule->first, arguments[0])) return true;
  if (has_any(rule, arguments)) return true;
  return rule->only != NULL && has_only(rule, arguments);
}

static int compare_names(const void *name, const void *known)
{
  return strcmp(name, *(const char *const *)known);
}

enum way way_of(char *const *arguments)
{
  const size_t rule_count = sizeof command_rules / sizeof command_rules[0];
  for (size_t i = 0; i < rule_count; i++) {
    if (strcmp(command_rules[i].name, arguments[0]) != 0) continue;
    return is_local_form(&command_rules[i], arguments + 1) ? WAY_LOCAL : command_rules[i].way;
  }
  const size_t known_count = sizeof known_commands / sizeof known_commands[0] - 1;
  const void *known = bsearch(arguments[0], known_commands, known_count, sizeof known_commands[0], compare_names);
  return known != NULL ? WAY_LOCAL : WAY_UNKNOWN;
}

const char *way_method(enum way way)
{
  return way_methods[way];
}
