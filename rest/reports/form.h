/* In which form a report is wanted: by `format`, or else by Accept. JSON is for programs, CSV for
 * spreadsheets, the page for people and for paper. */
#pragma once

#include "rest/route.h"

enum report_format { REPORT_JSON, REPORT_CSV, REPORT_PAGE, REPORT_FORMAT_COUNT };
enum report_charset { REPORT_UTF_8, REPORT_SHIFT_JIS };

/** The members of a report's query that choose its form. */
struct report_options {
    int format, charset;
    bool has_format, has_charset;
    const char *table; /* NULL: the report's own */
};

/** Its rows of a table of fields: `target` is the query's struct, `options` the member of it. */
#define REPORT_OPTIONS(target, options)                                                                      \
    FIELD(ENUM, target, options.format, "format", .names = report_format_names,                              \
          .present = offsetof(target, options.has_format)),                                                  \
        FIELD(ENUM, target, options.charset, "charset", .names = report_charset_names,                       \
              .present = offsetof(target, options.has_charset)),                                             \
        FIELD(TEXT, target, options.table, "table", .lowest = 1, .highest = 32)

extern const char *const report_format_names[], *const report_charset_names[];

/** What an Accept header (NULL: anything) prefers; JSON when it likes several alike. False when none of the
 * three will do. */
[[gnu::warn_unused_result]] bool report_format_accepted(const char *accept, enum report_format *out);
