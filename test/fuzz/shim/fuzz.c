/*
 * The driver: <program> <runs> <seed> <file for the current input> <inputs to begin with …>. Mutates inputs and keeps those
 * that reach a new pair of basic blocks (gcc's -fsanitize-coverage=trace-pc). Prints executions, pairs and inputs kept.
 * When a sanitizer ends the process, the file holds the input, after its length in eight bytes.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAP_BITS = 16, MAP_SIZE = 1 << MAP_BITS, LONGEST = 4096, MOST_KEPT = 4096, HEADER = 8 };

struct input {
  char data[LONGEST];
  size_t length;
};

static unsigned char reached[MAP_SIZE], known[MAP_SIZE];
static uint64_t previous, random_state;
static struct input *kept[MOST_KEPT];
static size_t kept_count, pairs;
static char *current;
static int file = -1;

void __sanitizer_cov_trace_pc(void)
{
  uint64_t here = ((uintptr_t)__builtin_return_address(0) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - MAP_BITS);
  reached[here ^ previous] = 1;
  previous = here >> 1;
}

static size_t chance(size_t limit)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return limit == 0 ? 0 : (size_t)(random_state % limit);
}

static void *must(void *memory)
{
  if (memory == NULL || memory == MAP_FAILED) abort();
  return memory;
}

static void put_file(const char *data, size_t length)
{
  if (file < 0) file = memfd_create("input", 0);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, length, 0) != (ssize_t)length) abort();
  lseek(file, 0, SEEK_SET);
}

const char *as_file(const char *data, size_t length)
{
  static char path[64];
  put_file(data, length);
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), file);
  return path;
}

void as_standard_input(const char *data, size_t length)
{
  put_file(data, length);
  if (dup2(file, STDIN_FILENO) < 0) abort();
}

/* Whether it reached something new. */
static bool run(const struct input *input)
{
  memcpy(current, &input->length, sizeof input->length);
  memcpy(current + HEADER, input->data, input->length);
  /* Of exactly this size, so that a sanitizer sees a read past the end. */
  char *exact = must(malloc(input->length + (input->length == 0)));
  memcpy(exact, input->data, input->length);
  memset(reached, 0, sizeof reached);
  previous = 0;
  fuzz_one(exact, input->length);
  free(exact);
  size_t before = pairs;
  for (size_t i = 0; i < MAP_SIZE; i += 8) {
    if (memcmp(reached + i, "\0\0\0\0\0\0\0\0", 8) == 0) continue;
    for (size_t j = i; j < i + 8; j++) pairs += reached[j] && !known[j], known[j] |= reached[j];
  }
  return pairs > before;
}

static void keep(const struct input *input)
{
  if (kept_count == MOST_KEPT) return;
  kept[kept_count] = must(malloc(sizeof *input));
  *kept[kept_count++] = *input;
}

static void replace(struct input *input, size_t from, size_t to, const char *piece, size_t length)
{
  if (input->length - (to - from) + length > LONGEST) return;
  memmove(input->data + from + length, input->data + to, input->length - to);
  memmove(input->data + from, piece, length);
  input->length += length - (to - from);
}

static void mutate(struct input *input)
{
  static const char odd[] = "\0\x01\x7f\x80\xff\n\r \"\\/.-0f";
  const struct input *other = kept[chance(kept_count)];
  size_t at = chance(input->length + 1), left = input->length - at;
  size_t length = chance((left < 48 ? left : 48) + 1);
  size_t from = chance(other->length + 1), rest = other->length - from;
  char byte = odd[chance(sizeof odd - 1)], copy[48];
  memcpy(copy, input->data + at, length);
  switch (chance(6)) {
    case 0: if (left > 0) input->data[at] ^= (char)(1 << chance(8)); break;
    case 1: replace(input, at, at + (left > 0 && chance(2) == 0), &byte, 1); break;
    case 2: replace(input, at, at + length, "", 0); break;
    case 3: for (size_t n = chance(8) == 0 ? chance(200) : 1; n > 0; n--) replace(input, at, at, copy, length); break;
    case 4: replace(input, at, at + length, other->data + from, chance((rest < 64 ? rest : 64) + 1)); break;
    default: if (chance(4) == 0) input->length = at; break;
  }
}

int main(int argc, char **argv)
{
  if (argc < 5) return 64;
  long runs = atol(argv[1]);
  random_state = (uint64_t)atoll(argv[2]) | 1;
  int shared = open(argv[3], O_RDWR | O_CREAT, 0600);
  if (shared < 0 || ftruncate(shared, HEADER + LONGEST) != 0) return 1;
  current = must(mmap(NULL, HEADER + LONGEST, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0));
  static struct input mutated;
  struct input *input = &mutated;
  for (int i = 4; i < argc; i++) {
    int fd = open(argv[i], O_RDONLY);
    ssize_t got = read(fd, input->data, LONGEST);
    close(fd);
    input->length = got > 0 ? (size_t)got : 0;
    run(input);
    keep(input);
  }
  for (long done = argc - 4; done < runs; done++) {
    *input = *kept[chance(kept_count)];
    for (size_t rounds = (size_t)1 << chance(5); rounds > 0; rounds--) mutate(input);
    if (run(input)) keep(input);
  }
  printf("%ld %zu %zu\n", runs, pairs, kept_count - (size_t)(argc - 4));
  return 0;
}
