/* UTF-8 as RFC 3629 defines it: what strangers send is checked against it, what we write is held to it. */
#pragma once

#include <stddef.h>

/** The length in bytes of the character at `text`; 0 when there is none: cut off, overlong, a surrogate, over
 * U+10FFFF. `size` > 0. */
size_t utf8_length(const char *text, size_t size);
