#include "loose-object.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generated.h"
#include "packed-refs.h"

struct loose_path {
  char text[OID_HEX + 2];
};

static struct loose_path path_of(const char *id)
{
  struct loose_path path = { { id[0], id[1], '/' } };
  memcpy(path.text + 3, id + 2, OID_HEX - 2);
  return path;
}

int open_quarantine(void)
{
  return open(GITISO_QUARANTINE, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool is_loose_in_shared(const char *id)
{
  struct bytes path = { 0 };
  bytes_text(&path, GITISO_OBJECTS "/");
  bytes_add(&path, path_of(id).text, OID_HEX + 2);
  bool is_there = access(path.data, F_OK) == 0;
  bytes_free(&path);
  return is_there;
}

bool read_loose(int quarantine, const char *id, size_t room, struct bytes *file)
{
  /* The folder may be a link of the agent's own making: what is read is the agent's in any case. */
  int fd = openat(quarantine, path_of(id).text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat status;
  bool fits = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (unsigned long long)status.st_size <= room;
  size_t wanted = fits ? (size_t)status.st_size : 0, start = file->length;
  bytes_reserve(file, wanted + 1);
  while (wanted > file->length - start) {
    ssize_t got = read(fd, file->data + file->length, wanted - (file->length - start));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    file->length += (size_t)got;
  }
  close(fd);
  return fits && file->length - start == wanted;
}

void add_loose(struct bytes *list, const char *id, const struct bytes *file)
{
  bytes_add(list, id, OID_HEX);
  bytes_text(list, " ");
  bytes_number(list, (long long)file->length);
  bytes_text(list, "\n");
  bytes_add(list, file->data, file->length);
}
