/* Accept by RFC 9110: for each of our types the most exact range that covers it says how much it is liked. */
#include "rest/reports/form.h"

#include "rest/quality.h"

#include <string.h>
#include <strings.h>

const char *const report_format_names[] = {
    [REPORT_JSON] = "json", [REPORT_CSV] = "csv", [REPORT_PAGE] = "html", NULL};
const char *const report_charset_names[] = {[REPORT_UTF_8] = "utf-8", [REPORT_SHIFT_JIS] = "shift_jis", NULL};

static const char *const types[REPORT_FORMAT_COUNT] = {
    [REPORT_JSON] = "application/json",
    [REPORT_CSV] = "text/csv",
    [REPORT_PAGE] = "text/html",
};

/* How exactly a range (the part before its parameters) covers a type: 0 not at all. */
static int exactness(const char *range, size_t size, const char *type)
{
    size_t family = strcspn(type, "/") + 1;
    if (size == strlen(type) && strncasecmp(range, type, size) == 0)
        return 3;
    if (size == family + 1 && range[family] == '*' && strncasecmp(range, type, family) == 0)
        return 2;
    return size == 3 && memcmp(range, "*/*", 3) == 0;
}

static int liking(const char *accept, const char *type)
{
    int best = 0, weight = 0;
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t size = strcspn(at, ",");
        int found = exactness(at, strcspn(at, ";, \t"), type);
        if (found > best) {
            best = found;
            weight = quality_of(at, size);
        }
        at += size;
    }
    return weight;
}

bool report_format_accepted(const char *accept, enum report_format *out)
{
    int best = 0;
    *out = REPORT_JSON;
    for (int format = 0; format < REPORT_FORMAT_COUNT; format++) {
        int weight = accept != NULL ? liking(accept, types[format]) : 1000;
        if (weight > best) {
            best = weight;
            *out = (enum report_format)format;
        }
    }
    return best > 0;
}
