/* How much of the disk a folder uses, as the agent sees it. */
#ifndef GITISO_USAGE_H
#define GITISO_USAGE_H

/* Allocated bytes and inodes, never across mounts, hard links counted once; 0 for what cannot be read. */
void measure_folder(const char *path, long long *bytes, long long *inodes);

#endif
