#include "usage.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { OPEN_FOLDERS = 16 };

struct inode {
  dev_t device;
  ino_t number;
};

/* nftw hands no context to its visitor. The table holds only inodes with several links. */
static struct {
  long long bytes, inodes;
  struct inode *seen;
  size_t count, capacity;
} usage;

static struct inode *find_slot(struct inode *table, size_t capacity, struct inode inode)
{
  size_t at = (size_t)(inode.number * 0x9e3779b97f4a7c15ULL >> 20) & (capacity - 1);
  while (table[at].number != 0 && (table[at].number != inode.number || table[at].device != inode.device)) {
    at = (at + 1) & (capacity - 1);
  }
  return &table[at];
}

static void grow_table(void)
{
  size_t capacity = usage.capacity == 0 ? 1024 : usage.capacity * 2;
  struct inode *table = calloc(capacity, sizeof *table);
  /* Without room hard links count several times: still an answer. */
  if (table == NULL) return;
  for (size_t i = 0; i < usage.capacity; i++) {
    if (usage.seen[i].number != 0) *find_slot(table, capacity, usage.seen[i]) = usage.seen[i];
  }
  free(usage.seen);
  usage.seen = table;
  usage.capacity = capacity;
}

static bool is_counted(const struct stat *status)
{
  if (usage.count * 2 >= usage.capacity) grow_table();
  if (usage.count * 2 >= usage.capacity) return false;
  struct inode inode = { status->st_dev, status->st_ino };
  struct inode *slot = find_slot(usage.seen, usage.capacity, inode);
  if (slot->number != 0) return true;
  *slot = inode;
  usage.count++;
  return false;
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place)
{
  (void)path;
  (void)place;
  if (kind == FTW_NS) return 0;
  if (!S_ISDIR(status->st_mode) && status->st_nlink > 1 && is_counted(status)) return 0;
  usage.bytes += (long long)status->st_blocks * 512;
  usage.inodes++;
  return 0;
}

void measure_folder(const char *path, long long *bytes, long long *inodes)
{
  usage.bytes = usage.inodes = 0;
  usage.count = usage.capacity = 0;
  nftw(path, visit, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT);
  free(usage.seen);
  usage.seen = NULL;
  *bytes = usage.bytes;
  *inodes = usage.inodes;
}
