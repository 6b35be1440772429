#include "parent.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command-line.h"
#include "files.h"
#include "single-hook.h"

enum { LIMIT_BYTES = 1 << 20 };

char **parent_command_line(void)
{
  struct bytes path = { 0 }, text = { 0 };
  bool truncated;
  bytes_text(&path, "/proc/");
  bytes_number(&path, getppid());
  bytes_add(&path, "/cmdline", sizeof "/cmdline");
  if (read_file(path.data, 0, LIMIT_BYTES, &text, &truncated) != 0) text.length = 0;
  bytes_free(&path);
  if (text.length > 0 && text.data[text.length - 1] != '\0') bytes_add(&text, "", 1);

  size_t count = 0, at = 0;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == '\0';
  char **argv = allocate((count + 1) * sizeof *argv);
  for (size_t i = 0; i < count; i++) {
    argv[i] = text.data + at;
    at += strlen(argv[i]) + 1;
  }
  argv[count] = NULL;
  forget_single_hook(argv);
  return argv;
}

bool is_pack_refs(char **argv)
{
  struct command_line line;
  return parse_command_line(&line, argv) && strcmp(line.argv[line.subcommand], "pack-refs") == 0;
}

void die_with_parent(void)
{
  pid_t parent = getppid();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) raise(SIGTERM);
}
