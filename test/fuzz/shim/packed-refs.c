/* Files of packed refs, the agent's and the shared one: two halves of the input, cut at the first form feed. */
#include "packed-refs.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

void fuzz_one(const char *data, size_t length)
{
  const char *cut = memchr(data, '\f', length);
  size_t first = cut == NULL ? length : (size_t)(cut - data);
  struct packed_refs one, two;
  packed_refs_read(&one, as_file(data, first));
  packed_refs_read(&two, as_file(cut == NULL ? "" : cut + 1, cut == NULL ? 0 : length - first - 1));
  packed_refs_find(&one, "refs/heads/main");
  for (size_t i = 0; i < one.count; i++) is_shared_ref(one.refs[i].name, one.refs[i].name_length);
  char id[OID_HEX + 1];
  packed_refs_look_up(as_file(data, first), "refs/heads/main", id);
  struct bytes merged = { 0 };
  packed_refs_merge(&merged, &one, &two, length % 2 == 0);
  bytes_free(&merged);
  packed_refs_free(&one);
  packed_refs_free(&two);
}
