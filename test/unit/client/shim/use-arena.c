/* Random use of client/shim/arena.c, each piece filled with a mark of its own: prints what went wrong, then "done". */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int library_calls;

void *__real_malloc(size_t size)
{
  library_calls++;
  return malloc(size);
}

void *__real_calloc(size_t count, size_t size)
{
  library_calls++;
  return calloc(count, size);
}

void *__real_realloc(void *memory, size_t size)
{
  return realloc(memory, size);
}

void __real_free(void *memory)
{
  free(memory);
}

enum { PIECES = 64, ROUNDS = 20000 };

static struct {
  unsigned char *data;
  size_t size;
  unsigned char mark;
} pieces[PIECES];

static void check(int i, size_t length)
{
  for (size_t at = 0; at < length; at++) {
    if (pieces[i].data[at] == pieces[i].mark) continue;
    printf("piece %d of %zu bytes is not what was written, at %zu\n", i, pieces[i].size, at);
    exit(1);
  }
}

static size_t random_size(void)
{
  int kind = rand() % 100;
  return kind == 0 ? (size_t)rand() % 400000 : kind < 10 ? (size_t)rand() % 9000 : (size_t)rand() % 200;
}

static void use(int i)
{
  size_t size = random_size(), before = pieces[i].size;
  int kind = rand() % 4;
  if (kind == 0 || (pieces[i].data != NULL && kind == 1)) {
    check(i, before);
    __wrap_free(pieces[i].data);
    pieces[i].data = NULL;
    pieces[i].size = 0;
    return;
  }
  if (pieces[i].data != NULL || kind == 2) {
    check(i, before);
    pieces[i].data = __wrap_realloc(pieces[i].data, size + 1);
    pieces[i].size = before < size + 1 ? before : size + 1;
    check(i, pieces[i].size);
  } else if (kind == 1) {
    pieces[i].data = __wrap_malloc(size + 1);
  } else {
    pieces[i].data = __wrap_calloc(1, size + 1);
    pieces[i].mark = 0;
    pieces[i].size = size + 1;
    check(i, size + 1);
  }
  if ((uintptr_t)pieces[i].data % 16 != 0) printf("piece %d is not aligned\n", i);
  pieces[i].size = size + 1;
  pieces[i].mark = (unsigned char)(1 + rand() % 255);
  memset(pieces[i].data, pieces[i].mark, pieces[i].size);
}

int main(int argc, char **argv)
{
  srand(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
  void *none = __wrap_malloc(0);
  if (none == NULL || none == __wrap_malloc(0)) puts("a piece of no bytes has no place of its own");
  if (library_calls > 0) puts("the first pieces are the library's");
  for (int round = 0; round < ROUNDS; round++) use(rand() % PIECES);
  if (library_calls == 0) puts("the library was never asked");
  for (int i = 0; i < PIECES; i++) {
    check(i, pieces[i].size);
    __wrap_free(pieces[i].data);
  }
  puts("done");
}
