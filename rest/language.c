/* Accept-Language by RFC 9110: ranges with weights, of which the heaviest that we speak counts, the first of
 * equals. */
#include "rest/language.h"

#include "core/wire/phrases.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

const char *language_name(enum language language)
{
    return language == LANGUAGE_EN ? "en" : "ja";
}

const char *language_phrase(enum language language, const char *en)
{
    return language == LANGUAGE_EN ? en : phrase_ja(en);
}

/* The weight of a range in thousandths; a malformed one weighs nothing. */
static int weight_of(const char *range, size_t size)
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

enum language language_preferred(const char *accept_language)
{
    enum language best = LANGUAGE_JA;
    int best_weight = 0;
    for (const char *at = accept_language; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        size_t size = strcspn(at, ",");
        size_t tag = strcspn(at, "-;, \t");
        int weight = weight_of(at, size);
        bool english = tag == 2 && strncasecmp(at, "en", 2) == 0;
        bool japanese = tag == 2 && strncasecmp(at, "ja", 2) == 0;
        if ((english || japanese) && weight > best_weight) {
            best = english ? LANGUAGE_EN : LANGUAGE_JA;
            best_weight = weight;
        }
        at += size;
    }
    return best;
}
