/* The options of git itself, before the subcommand: no more than is needed to find it. */
#ifndef GITISO_COMMAND_LINE_H
#define GITISO_COMMAND_LINE_H

#include <stdbool.h>

struct command_line {
  char **argv;
  /* Index of the subcommand in argv. */
  int subcommand;
  /* Values of --git-dir, --work-tree (the last ones), NULL when not given. */
  const char *git_dir, *work_tree;
  bool bare;
  bool has_folders; /* -C */
};

/* False: there is no subcommand, or an option the shim does not know; the real git shall have its say. */
bool parse_command_line(struct command_line *line, char **argv);

/*
 * Calls `visit` with the arguments [from, from + count) of each option before the subcommand until it
 * returns false; returns whether it never did.
 */
bool each_git_option(const struct command_line *line, bool (*visit)(void *context, char **option, int count),
                     void *context);

/*
 * Puts `-c <assignment>` after the options of git itself, so that it wins over the user's own. Earlier pointers into
 * `line->argv` stay valid.
 */
void add_config(struct command_line *line, const char *assignment);

/* Puts an argument after the subcommand, so that one of the user's own wins over it. Pointers as above. */
void add_argument(struct command_line *line, const char *argument);

#endif
