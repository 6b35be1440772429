/*
 * Memory for a process that lives for milliseconds: malloc and its kin for the whole program (scripts/build-shim has the
 * linker put them before the C library's), from one block that the program begins with. An allocator that maps and unmaps
 * pages cost the shim more than all its reading of files: each mmap, first touch and munmap is 0.1 to 0.2 ms on a virtual
 * machine with shadow page tables. Given back is only the last piece; when the block is used up, the library's malloc goes
 * on, so that a process that lives long leaks nothing.
 */
#include "arena.h"

#include <stdint.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 18, UNIT = 16 };

/* In front of each piece, as large as what keeps pieces aligned. */
struct piece {
  size_t size;
  size_t padding;
};

/* Pages that are never touched cost nothing. */
static _Alignas(UNIT) char arena[ARENA_BYTES];
static size_t used;
/* From here on nothing was ever written. */
static size_t untouched;

_Static_assert(sizeof(struct piece) == UNIT, "a piece's head keeps what follows it aligned");

static int is_in_arena(const void *memory)
{
  return (uintptr_t)memory - (uintptr_t)arena < ARENA_BYTES;
}

static struct piece *piece_of(void *memory)
{
  return (struct piece *)((char *)memory - sizeof(struct piece));
}

static int is_last(void *memory)
{
  return (char *)memory + piece_of(memory)->size == arena + used;
}

static size_t rounded(size_t size)
{
  return (size + UNIT - 1) / UNIT * UNIT;
}

/* A piece of no bytes has a place of its own, too. */
static int has_room(size_t size)
{
  size_t left = ARENA_BYTES - used;
  return left > sizeof(struct piece) && size <= left - sizeof(struct piece);
}

static void use_up_to(size_t end)
{
  used = end;
  if (untouched < used) untouched = used;
}

static void *take(size_t size)
{
  struct piece *piece = (struct piece *)(void *)(arena + used);
  piece->size = rounded(size == 0 ? 1 : size);
  use_up_to(used + sizeof *piece + piece->size);
  return piece + 1;
}

void *__wrap_malloc(size_t size)
{
  return has_room(size) ? take(size) : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
  size_t all, old = untouched;
  if (__builtin_mul_overflow(count, size, &all) || !has_room(all)) return __real_calloc(count, size);
  char *memory = take(all);
  size_t dirty = memory < arena + old ? (size_t)(arena + old - memory) : 0;
  memset(memory, 0, dirty < all ? dirty : all);
  return memory;
}

void __wrap_free(void *memory)
{
  if (memory == NULL) return;
  if (!is_in_arena(memory)) __real_free(memory);
  else if (is_last(memory)) used = (size_t)((char *)piece_of(memory) - arena);
}

void *__wrap_realloc(void *memory, size_t size)
{
  if (memory == NULL) return __wrap_malloc(size);
  if (!is_in_arena(memory)) return __real_realloc(memory, size);
  struct piece *piece = piece_of(memory);
  if (size <= piece->size) return memory;
  size_t start = (size_t)((char *)memory - arena);
  if (is_last(memory) && size <= ARENA_BYTES - start) {
    piece->size = rounded(size);
    use_up_to(start + piece->size);
    return memory;
  }
  void *moved = __wrap_malloc(size);
  if (moved == NULL) return NULL;
  memcpy(moved, memory, piece->size);
  __wrap_free(memory);
  return moved;
}
