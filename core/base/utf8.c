/* The table of well-formed sequences of RFC 3629, section 4, as code: the first byte fixes the length, the
 * second one rules out overlong forms, surrogates, and what lies over U+10FFFF. */
#include "core/base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* True for a byte that follows the first one of a sequence. */
static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_length(const char *text, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t first = bytes[0];
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return size >= 2 && continues(bytes[1]) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (size < 3 || !continues(bytes[1]) || !continues(bytes[2]))
            return 0;
        bool overlong = first == 0xe0 && bytes[1] < 0xa0;
        bool surrogate = first == 0xed && bytes[1] > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (size < 4 || !continues(bytes[1]) || !continues(bytes[2]) || !continues(bytes[3]))
            return 0;
        bool overlong = first == 0xf0 && bytes[1] < 0x90;
        bool beyond = first == 0xf4 && bytes[1] > 0x8f;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}
