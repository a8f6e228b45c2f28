/* The weights of negotiation (RFC 9110, 12.4.2). */
#pragma once

#include <stddef.h>

/** The weight of a range of Accept or Accept-Language, its q, in thousandths: 1000 without one, 0 for a
 * malformed one. */
int quality_of(const char *range, size_t size);
