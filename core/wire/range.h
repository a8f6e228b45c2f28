/* Which part of a file a client asks for (RFC 9110, section 14): a player that seeks, a download that goes on
 * where it broke off. */
#pragma once

#include <stdint.h>

enum range_result {
    RANGE_WHOLE, /* no range, or one that a server may pass over: several at once, another unit, malformed */
    RANGE_PART,
    RANGE_NOWHERE /* well-formed, and nothing of the file lies in it */
};

/** Reads a Range header (NULL: absent) for a file of `size` bytes. With RANGE_PART `offset` and `length` are
 * the part, which is not empty and lies within the file; else they are the whole. */
enum range_result range_read(const char *header, int64_t size, int64_t *offset, int64_t *length);
