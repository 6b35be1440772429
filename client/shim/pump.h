/* Carries bytes between git (standard input and output) and a socket, both ways at once. */
#ifndef GITISO_PUMP_H
#define GITISO_PUMP_H

#include <stddef.h>

/*
 * Returns when the socket's other end has closed and all it sent was passed on, or git reads no more. `first` is
 * passed on before what the socket brings.
 */
void pump(int socket_fd, const char *first, size_t first_length);

#endif
