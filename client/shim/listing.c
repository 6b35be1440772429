#include "listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHUNK = 32768 };

/* As the kernel writes it; one system call reads hundreds, which readdir of musl does not. */
struct kernel_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

static enum entry_kind kind_of(int folder, const char *name, unsigned type)
{
  struct stat status;
  if (type == DT_UNKNOWN && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0) type = IFTODT(status.st_mode);
  switch (type) {
    case DT_REG: return ENTRY_FILE;
    case DT_DIR: return ENTRY_FOLDER;
    case DT_LNK: return ENTRY_LINK;
    default: return ENTRY_OTHER;
  }
}

/* One byte of kind and the name with its NUL for each entry. Returns their number. */
static size_t read_names(int folder, struct bytes *text)
{
  _Alignas(struct kernel_entry) char buffer[CHUNK];
  size_t count = 0;
  long got;
  while ((got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < got;) {
      const struct kernel_entry *entry = (const struct kernel_entry *)(buffer + at);
      at += entry->length;
      if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
      bytes_add(text, (char[]){ (char)kind_of(folder, entry->name, entry->type) }, 1);
      bytes_add(text, entry->name, strlen(entry->name) + 1);
      count++;
    }
  }
  return count;
}

static int compare_entries(const void *a, const void *b)
{
  return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

void list_folder(struct listing *listing, int folder)
{
  *listing = (struct listing){ 0 };
  listing->count = read_names(folder, &listing->text);
  listing->entries = allocate((listing->count + 1) * sizeof *listing->entries);
  const char *at = listing->text.data;
  for (size_t i = 0; i < listing->count; i++) {
    listing->entries[i] = (struct entry){ .kind = (enum entry_kind)at[0], .name = at + 1 };
    at += strlen(at + 1) + 2;
  }
  qsort(listing->entries, listing->count, sizeof *listing->entries, compare_entries);
}

void listing_free(struct listing *listing)
{
  free(listing->entries);
  bytes_free(&listing->text);
}

const struct entry *listing_find(const struct listing *listing, const char *name)
{
  const struct entry wanted = { .name = name };
  if (listing->count == 0) return NULL;
  return bsearch(&wanted, listing->entries, listing->count, sizeof wanted, compare_entries);
}
