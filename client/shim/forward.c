#include "forward.h"

#include <string.h>
#include <unistd.h>

#include "branch-change.h"
#include "conversation.h"
#include "generated.h"
#include "hooks-path.h"
#include "invocation.h"
#include "message.h"
#include "outcome.h"
#include "prefetch.h"
#include "route-remote.h"
#include "shared-refs.h"
#include "single-hook.h"
#include "standard-streams.h"

static const char come_back[] = "local git commands work meanwhile; try again when it is back";

static _Noreturn void become_git(char **argv, const char *git)
{
  struct command_line line;
  if (parse_command_line(&line, argv)) {
    if (keep_our_hook(&line, PLACE_WORKSPACE, git)) use_single_hook(&line);
    route_in_hooks(&line);
  }
  execv(git, line.argv);
  fail(EXIT_FATAL, "the git of this image cannot be started", git);
}

/* `ref` has a file of its own once the command is carried out, though it was packed or new; NULL: none has. */
static _Noreturn void carry_out(struct json *json, const struct prefetch *prefetch, const char *ref, const char *git)
{
  int exit_code;
  const char *message, *hint;
  size_t result = obey_outcome(json, &exit_code, &message, &hint);
  if (result == 0) fail(EXIT_FATAL, message, hint);
  if (json_is(json, json_member(json, result, "forgetObjects"), JSON_TRUE)) prefetch_forget(prefetch);
  if (ref != NULL) link_shared_ref(ref);
  size_t next = json_member(json, result, "exec");
  char **argv = json_is(json, next, JSON_ARRAY) ? json_strings(json, next, "git") : NULL;
  if (argv != NULL) become_git(argv, git);
  _exit(exit_code);
}

static _Noreturn void have_it_done(struct conversation *conversation, const struct prefetch *prefetch,
                                   const char *ref)
{
  struct message answer = { 0 };
  if (conversation_answer(conversation, &answer)) carry_out(&answer.json, prefetch, ref, conversation->git);
  fail(EXIT_FATAL, "the connection to the daemon broke, and it is unknown whether the command was carried out",
       "look with git log; local git commands work meanwhile");
}

static _Noreturn void fail_to_connect(void)
{
  fail(EXIT_FATAL, "the daemon does not answer on " GITISO_SOCKET, come_back);
}

void forward_commit(const struct command_line *line, const char *git, const char *prefix)
{
  struct conversation conversation = { .git = git };
  struct bytes body = { 0 };
  struct prefetch prefetch = { 0 };
  struct head head;

  keep_standard_streams();
  read_head(&head);
  /* With hooks git itself commits. */
  bool prefetched = head.commit[0] != '\0' && !has_commit_hooks();
  if (prefetched) prefetch_start(&prefetch, line, git, head.commit);
  bool connected = conversation_open(&conversation);
  if (connected) begin_invocation(&body, commit_method, line, prefix, &head);
  if (prefetched) prefetched = prefetch_finish(&prefetch);
  if (!connected) fail_to_connect();
  end_invocation(&body, prefetched ? head.commit : NULL, prefetched);

  conversation.body = &body;
  conversation.attachments = prefetch.parts;
  conversation.attachment_count = prefetched ? PREFETCH_PARTS : 0;
  have_it_done(&conversation, &prefetch, head.ref);
}

void forward_branch(const struct command_line *line, const char *git, const char *prefix)
{
  struct conversation conversation = { .git = git };
  struct bytes body = { 0 };
  struct head head;
  struct branch_change change;
  if (!plan_branch_change(line->argv + line->subcommand, &head, &change)) return;
  if (!conversation_open(&conversation)) fail_to_connect();
  begin_invocation(&body, branch_method, line, prefix, &head);
  end_invocation(&body, change.value.id, false);
  conversation.body = &body;
  have_it_done(&conversation, NULL, change.ref);
}
