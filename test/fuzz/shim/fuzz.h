/* What each part of the shim under test provides, and the driver in fuzz.c calls. */
#ifndef GITISO_FUZZ_H
#define GITISO_FUZZ_H

#include <stddef.h>

/* Reads the input as the shim would; a sanitizer or `abort` says what must not be. Frees all it allocates. */
void fuzz_one(const char *data, size_t length);

/* The input as a file of its own that can be opened and read; it stays until the next call. */
const char *as_file(const char *data, size_t length);
/* The same, as standard input. */
void as_standard_input(const char *data, size_t length);

#endif
