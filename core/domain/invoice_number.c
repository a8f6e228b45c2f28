/* 国税庁告示: of the twelve digits behind the check digit those at odd places from the right count once,
 * those at even places twice; the check digit is nine less the sum's remainder by nine. So it is never 0. */
#include "core/domain/invoice_number.h"

#include <string.h>

bool invoice_number_is_valid(const char *text)
{
    if (strlen(text) != 14 || text[0] != 'T' || strspn(text + 1, "0123456789") != 13)
        return false;
    int sum = 0;
    for (int place = 1; place <= 12; place++)
        sum += (text[14 - place] - '0') * (place % 2 == 1 ? 1 : 2);
    return text[1] - '0' == 9 - sum % 9;
}
