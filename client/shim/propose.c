#include "propose.h"

#include <string.h>

#include "conversation.h"
#include "message.h"
#include "offer-objects.h"
#include "outcome.h"
#include "real-git.h"

enum { MAX_ARGUMENTS = 1024, MAX_ARGUMENT = 65536 };

static void make_request(struct bytes *body, const struct updates *updates, char *const *argv, const char *origin,
                         const char *key)
{
  bytes_text(body, "{\"jsonrpc\":\"2.0\",\"id\":");
  bytes_number(body, REQUEST_ID);
  bytes_text(body, ",\"method\":\"transaction.propose\",\"params\":{");
  bytes_text(body, "\"key\":");
  bytes_json_text(body, key);
  bytes_text(body, ",\"updates\":[");
  bytes_add(body, updates->text.data, updates->text.length);
  bytes_text(body, "],\"argv\":[");
  for (int i = 0; i < MAX_ARGUMENTS && argv[i] != NULL; i++) {
    if (i > 0) bytes_text(body, ",");
    bytes_json(body, argv[i], strnlen(argv[i], MAX_ARGUMENT));
  }
  bytes_text(body, "],\"origin\":");
  bytes_json_text(body, origin);
  bytes_text(body, "}}");
}

static enum verdict verdict_of(struct json *json)
{
  int exit_code;
  const char *message, *hint;
  if (obey_outcome(json, &exit_code, &message, &hint) != 0) {
    return exit_code == 0 ? VERDICT_ACCEPTED : VERDICT_REFUSED;
  }
  complain("error", message, hint);
  return VERDICT_REFUSED;
}

/* Nothing new comes with a question, or with what was there before. */
static bool brings_objects(const char *origin)
{
  return strcmp(origin, "hook") == 0 || strcmp(origin, "view") == 0;
}

enum verdict propose(const struct updates *updates, char *const *argv, const char *origin, const char *key)
{
  struct conversation conversation = { .git = find_real_git() };
  struct message answer = { 0 };
  struct bytes body = { 0 }, objects = { 0 };
  enum verdict verdict = VERDICT_UNREACHABLE;
  if (conversation_open(&conversation)) {
    make_request(&body, updates, argv, origin, key);
    conversation.body = &body;
    if (brings_objects(origin)) offer_objects(&objects, &updates->ids);
    conversation.attachments = &objects;
    conversation.attachment_count = objects.length > 0;
    verdict = conversation_answer(&conversation, &answer) ? verdict_of(&answer.json) : VERDICT_UNKNOWN;
  }
  conversation_close(&conversation);
  bytes_free(&body);
  bytes_free(&objects);
  message_free(&answer);
  return verdict;
}
