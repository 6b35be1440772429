#include "ask-first.h"

#include <string.h>
#include <unistd.h>

#include "conversation.h"
#include "generated.h"
#include "invocation.h"
#include "packed-refs.h"
#include "propose.h"

enum { EXIT_REFUSED = 1 };

/* The branch the agent was created with, which it may always move, is not worth a question. */
static bool is_main_branch(const char *ref)
{
  struct head own;
  read_line(GITISO_ETC "/branch", own.text, sizeof own.text);
  return strcmp(own.text, ref) == 0;
}

void ask_first(char *const *argv)
{
  static const char no_id[] = "0000000000000000000000000000000000000000";
  struct head head;
  read_head(&head);
  if (head.ref == NULL || !is_shared_ref(head.ref, strlen(head.ref)) || is_main_branch(head.ref)) return;
  struct updates updates = { 0 };
  char key[KEY_DIGITS + 1];
  make_request_key(key);
  add_update(&updates, head.ref, strlen(head.ref), no_id, no_id);
  /* Without an answer git goes on, and its hook decides. */
  if (propose(&updates, argv, "check", key) == VERDICT_REFUSED) _exit(EXIT_REFUSED);
  updates_free(&updates);
}
