#include "listing.h"

#include <dirent.h>
#include <fcntl.h>
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

/* The slot of a name, or the free one where it would be. FNV-1a spreads names that differ in their last digits. */
static uint32_t *find_slot(const struct listing *listing, const char *name)
{
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char *at = name; *at != '\0'; at++) hash = (hash ^ (unsigned char)*at) * 0x100000001b3ULL;
  size_t at = (size_t)(hash ^ hash >> 32) & (listing->slot_count - 1);
  while (listing->slots[at] != 0 && strcmp(listing->entries[listing->slots[at] - 1].name, name) != 0) {
    at = (at + 1) & (listing->slot_count - 1);
  }
  return &listing->slots[at];
}

void list_folder(struct listing *listing, int folder)
{
  *listing = (struct listing){ .slot_count = 16 };
  size_t count = read_names(folder, &listing->text);
  while (listing->slot_count < 2 * count) listing->slot_count *= 2;
  listing->entries = allocate((count + 1) * sizeof *listing->entries);
  listing->slots = allocate(listing->slot_count * sizeof *listing->slots);
  memset(listing->slots, 0, listing->slot_count * sizeof *listing->slots);
  const char *at = listing->text.data;
  for (; listing->count < count; at += strlen(at + 1) + 2) {
    listing->entries[listing->count] = (struct entry){ .kind = (enum entry_kind)at[0], .name = at + 1 };
    *find_slot(listing, at + 1) = (uint32_t)++listing->count;
  }
}

void listing_free(struct listing *listing)
{
  free(listing->entries);
  free(listing->slots);
  bytes_free(&listing->text);
}

struct entry *listing_find(const struct listing *listing, const char *name)
{
  if (listing->count == 0) return NULL;
  uint32_t index = *find_slot(listing, name);
  return index == 0 ? NULL : &listing->entries[index - 1];
}
