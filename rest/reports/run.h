/* What the parts of reports/ share: a report on its way, and the three shapes that it may take. */
#pragma once

#include "core/base/json.h"
#include "rest/reports/report.h"
#include "rest/request.h"

#define REPORT_CURSOR_SIZE 64
#define REPORT_POLICY_SIZE 200

struct report_run {
    struct request *request;
    struct response *response;
    const struct report_order *order;
    const struct report_shape *shape;
    enum report_format format;
    enum report_charset charset;
    int64_t at_ms;

    struct buffer text;      /* what has been written since it was last put into the spool */
    struct buffer converted; /* the same in the charset wanted */
    struct spool *spool;     /* owned; NULL while all is in `text` */
    bool failed;             /* answered */

    struct json json;
    char policy[REPORT_POLICY_SIZE]; /* of the page */

    const struct report_table *table; /* the one being written */
    int fields[REPORT_COLUMNS_MAX];   /* of its columns in the statement's rows */
    int64_t rows;                     /* of it written so far */
    bool more;
    char next[REPORT_CURSOR_SIZE];
};

/** How a report is written in one format. */
struct report_shape {
    const char *content_types[2]; /* by charset */
    const char *extension;        /* of a file to save; NULL: it is shown */
    void (*begin)(struct report_run *run);
    void (*table)(struct report_run *run);
    void (*row)(struct report_run *run, const char *const *values);
    void (*table_end)(struct report_run *run);
    void (*end)(struct report_run *run);
};

extern const struct report_shape report_as_json, report_as_csv, report_as_page;

/** Whether the asker gets to see it in this format. */
bool report_shows_table(const struct report_run *run, const struct report_table *table);
bool report_shows_column(const struct report_run *run, const struct report_column *column);

/** Of the two texts, the reader's. */
const char *report_text(const struct report_run *run, const char *en, const char *ja);

/** A value as people read it, NULL for none; `out` has room for what is put together anew. */
#define REPORT_SHOWN_SIZE 64
const char *report_shown(const struct report_run *run, const char *const *values, size_t column,
                         char out[REPORT_SHOWN_SIZE]);

/** An instant: RFC 3339 in UTC, or Japan's time to the millisecond. */
void report_instant(int64_t at_ms, bool japan, char out[REPORT_SHOWN_SIZE]);
