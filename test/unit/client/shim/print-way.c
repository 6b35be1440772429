/* For way.test.ts: reads command lines, one per line with a tab between arguments, and prints the way of each. */
#include <stdio.h>
#include <string.h>

#include "way.h"

int main(void)
{
  static const char *const names[] = { "local", "unknown", "commit", "branch", "transaction", "remote" };
  char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *arguments[64];
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at != NULL && count < 63;) arguments[count++] = strsep(&at, "\t");
    arguments[count] = NULL;
    printf("%s%s\n", names[way_of(arguments)], is_unhooked(arguments) ? " unhooked" : "");
  }
  return 0;
}
