#include "updates.h"

#include <string.h>

#include "packed-refs.h"

void add_update(struct updates *updates, const char *ref, size_t ref_length, const char *old, const char *new)
{
  struct bytes *text = &updates->text;
  bytes_text(text, text->length == 0 ? "{\"ref\":" : ",{\"ref\":");
  bytes_json(text, ref, ref_length);
  bytes_text(text, ",\"old\":");
  bytes_json(text, old, OID_HEX);
  bytes_text(text, ",\"new\":");
  bytes_json(text, new, OID_HEX);
  bytes_text(text, "}");
  if (strspn(new, "0") < OID_HEX) bytes_add(&updates->ids, new, OID_HEX);
}

void updates_free(struct updates *updates)
{
  bytes_free(&updates->text);
  bytes_free(&updates->ids);
}
