/* One range only. Several at once would be answered in parts with borders between them, which no player asks
 * for and which made many a server fall over; passing a Range over is always allowed. */
#include "core/wire/range.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* More digits than any file has bytes: they stand for the end. */
#define DIGITS_MAX 18

/* Reads digits, if there are any; moves `*at` behind them. */
static bool read_number(const char **at, int64_t *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0)
        return false;
    *out = digits > DIGITS_MAX ? INT64_MAX : strtoll(*at, NULL, 10);
    *at += digits;
    return true;
}

enum range_result range_read(const char *header, int64_t size, int64_t *offset, int64_t *length)
{
    *offset = 0;
    *length = size;
    if (header == NULL || strncmp(header, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    const char *at = header + 6;
    int64_t first = 0, last = INT64_MAX;
    bool has_first = read_number(&at, &first);
    if (*at++ != '-')
        return RANGE_WHOLE;
    bool has_last = read_number(&at, &last);
    if (*at != '\0' || (!has_first && !has_last) || (has_first && last < first))
        return RANGE_WHOLE;
    if (!has_first) { /* the last so many */
        if (last == 0 || size == 0)
            return RANGE_NOWHERE;
        *length = last < size ? last : size;
        *offset = size - *length;
        return RANGE_PART;
    }
    if (first >= size)
        return RANGE_NOWHERE;
    *offset = first;
    *length = (last < size ? last + 1 : size) - first;
    return RANGE_PART;
}
