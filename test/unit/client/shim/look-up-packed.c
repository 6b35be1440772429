/* Looks names up in a file of packed refs: prints the id or "-", by search and by reading all of it. */
#include <stdio.h>
#include <string.h>

#include "packed-refs.h"

int main(int argc, char **argv)
{
  struct packed_refs all;
  char name[8192];
  if (argc != 2) return 64;
  packed_refs_read(&all, argv[1]);
  while (fgets(name, sizeof name, stdin) != NULL) {
    name[strcspn(name, "\n")] = '\0';
    char id[OID_HEX + 1] = "-";
    bool is_found = packed_refs_look_up(argv[1], name, id);
    const struct packed_ref *ref = packed_refs_find(&all, name);
    printf("%s %.*s\n", is_found ? id : "-", ref == NULL ? 1 : OID_HEX, ref == NULL ? "-" : ref->line);
  }
  packed_refs_free(&all);
}
