#include "our-hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated.h"
#include "private-files.h"

static const char path[] = GITISO_GITDIR "/hooks/" REFERENCE_HOOK;
static const char project_path[] = GITISO_GITDIR "/hooks/" PROJECT_REFERENCE_HOOK;

/* False with ENOENT in errno: there is none at all. */
static bool is_ours(void)
{
  char target[sizeof GITISO_SHIM + 1];
  ssize_t length = readlink(path, target, sizeof target);
  if (length >= 0) errno = 0;
  return length == (ssize_t)strlen(GITISO_SHIM) && memcmp(target, GITISO_SHIM, (size_t)length) == 0;
}

void drop_reference_hook(void)
{
  if (is_ours()) unlink(path);
}

bool has_project_reference_hook(void)
{
  return access(project_path, F_OK) == 0;
}

void keep_reference_hook(void)
{
  if (is_ours()) return;
  if (errno != ENOENT) {
    rename(path, project_path);
  } else {
    /* Whoever removed the hook by the name it has for git meant the project's. */
    unlink(project_path);
    mkdir(GITISO_GITDIR "/hooks", 0777);
  }
  place_link(GITISO_SHIM, path);
}
