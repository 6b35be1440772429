#include "renamed-log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "generated.h"
#include "shared-refs.h"

/* The last line is in it, unless its message is huge. */
enum { TAIL_BYTES = 1 << 16 };

/* git's own name for it (refs/files-backend.c: TMP_RENAMED_LOG). */
static const char put_aside[] = GITISO_GITDIR "/logs/refs/.tmp-renamed-log";

/* Whether a reflog's last line ends at the id; one that was left by an earlier git most likely does not. */
static bool ends_at(const char *path, const char *id)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return false;
  struct stat status;
  struct bytes tail = { 0 };
  bool ends = false;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    off_t from = status.st_size > TAIL_BYTES ? status.st_size - TAIL_BYTES : 0;
    bytes_reserve(&tail, TAIL_BYTES);
    ssize_t got = pread(fd, tail.data, TAIL_BYTES, from);
    size_t at = got > 0 ? (size_t)got - 1 : 0; /* The last byte is the end of the line. */
    while (at > 0 && tail.data[at - 1] != '\n') at--;
    /* "<old id> <new id> …" */
    size_t new_at = at + OID_HEX + 1;
    ends = got > 0 && new_at + OID_HEX <= (size_t)got && memcmp(tail.data + new_at, id, OID_HEX) == 0;
  }
  bytes_free(&tail);
  close(fd);
  return ends;
}

static void put_back(const char *ref)
{
  struct ref_value value;
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_GITDIR "/logs/");
  bytes_add(&path, ref, strlen(ref) + 1);
  /* Not over another one: the name may have been made anew. */
  if (read_shared_ref(ref, &value) && ends_at(put_aside, value.id) && link(put_aside, path.data) == 0)
    unlink(put_aside);
  bytes_free(&path);
}

void put_back_renamed_log(const struct hook_input *input)
{
  /* With the current branch comes HEAD. */
  for (size_t i = 0; i < input->count; i++) {
    const char *ref = input->lines[i].ref;
    if (is_zero_id(input->lines[i].new) && strncmp(ref, "refs/", 5) == 0) put_back(ref);
  }
}
