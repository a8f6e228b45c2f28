#include "rest/quality.h"

#include <string.h>

int quality_of(const char *range, size_t size)
{
    const char *q = memmem(range, size, "q=", 2);
    if (q == NULL)
        return 1000;
    if (q + 2 == range + size || q[2] < '0' || q[2] > '1')
        return 0;
    int weight = (q[2] - '0') * 1000;
    int unit = 100;
    for (const char *at = q + 4; q + 3 < range + size && q[3] == '.' && at < range + size && unit > 0;
         at++, unit /= 10) {
        if (*at < '0' || *at > '9')
            break;
        weight += (*at - '0') * unit;
    }
    return weight;
}
