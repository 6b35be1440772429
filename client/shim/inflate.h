/* Unpacks zlib streams (RFC 1950, RFC 1951): enough to see what an object names. Checks no checksum: the daemon does. */
#ifndef GITISO_INFLATE_H
#define GITISO_INFLATE_H

#include <stdbool.h>

#include "bytes.h"

/* Appends what the stream holds. False: it is malformed or holds more than `room`. */
bool inflate(const struct bytes *stream, size_t room, struct bytes *content);

#endif
