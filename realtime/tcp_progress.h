/* How far a client has read: what its TCP has acknowledged. Apart from others, because the kernel's header
 * that knows this and the C library's, which libwebsockets includes, cannot be included together. */
#pragma once

#include <stdint.h>

/** Bytes acknowledged since the connection began; 0 when that cannot be known. */
uint64_t tcp_acknowledged(int socket);
