#include "our-hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated.h"
#include "private-files.h"

void keep_reference_hook(void)
{
  static const char path[] = GITISO_GITDIR "/hooks/" REFERENCE_HOOK;
  char target[sizeof GITISO_SHIM + 1];
  ssize_t length = readlink(path, target, sizeof target);
  if (length == (ssize_t)strlen(GITISO_SHIM) && memcmp(target, GITISO_SHIM, (size_t)length) == 0) return;
  if (length >= 0 || errno != ENOENT) {
    rename(path, GITISO_GITDIR "/hooks/" PROJECT_REFERENCE_HOOK);
  } else {
    /* Whoever removed the hook by the name it has for git meant the project's. */
    unlink(GITISO_GITDIR "/hooks/" PROJECT_REFERENCE_HOOK);
    mkdir(GITISO_GITDIR "/hooks", 0777);
  }
  place_link(GITISO_SHIM, path);
}
