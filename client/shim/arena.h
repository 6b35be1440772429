/* What scripts/build-shim has the linker put in the place of malloc and its kin, and these under their new names. */
#ifndef GITISO_ARENA_H
#define GITISO_ARENA_H

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

#endif
