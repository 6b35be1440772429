/*
 * What the last look at the refs found, so that the next one need not look again: modification times of the folders on
 * both sides. It lies in the agent's own git directory; nothing but speed depends on it.
 */
#ifndef GITISO_REF_STAMP_H
#define GITISO_REF_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>

#include "bytes.h"

/* Modification times in nanoseconds; or one of these. */
enum { TIME_UNKNOWN = 0, TIME_ABSENT = -1 };

struct ref_folder {
  /* Below refs/. */
  const char *path;
  long long shared, view;
  /* Only while it is worked on: a ref of a folder's name could not be shown. */
  bool is_blocked;
};

/* Of the two packed-refs files. */
struct file_stamp {
  long long time, size, inode;
};

struct ref_stamp {
  bool exists;
  struct file_stamp shared, view;
  /* Those of the file come first, in the order of their paths: `known` of them. */
  struct ref_folder *folders;
  size_t count, known, capacity;
  struct bytes text;
};

/* Garbage is as good as nothing. */
void ref_stamp_read(struct ref_stamp *stamp);
/* Replaces the file; without room for it the next look is a long one. Folders that are on no side are left out. */
void ref_stamp_write(struct ref_stamp *stamp);
void ref_stamp_free(struct ref_stamp *stamp);

/* Returns whether it was not there yet; then the path lives as long as the stamp, as one from malloc or a constant. */
bool ref_stamp_add(struct ref_stamp *stamp, const char *path);

/* TIME_UNKNOWN when it is so young that another change could have the same time. */
long long settled_time(const struct stat *status);

#endif
