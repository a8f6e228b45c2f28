/* Accept-Language by RFC 9110: ranges with weights, of which the heaviest that we speak counts, the first of
 * equals. */
#include "rest/language.h"

#include "core/wire/phrases.h"
#include "rest/quality.h"

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

enum language language_preferred(const char *accept_language)
{
    enum language best = LANGUAGE_JA;
    int best_weight = 0;
    for (const char *at = accept_language; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        size_t size = strcspn(at, ",");
        size_t tag = strcspn(at, "-;, \t");
        int weight = quality_of(at, size);
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
