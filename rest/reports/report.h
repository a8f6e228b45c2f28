/* Reports: tables of rows from the database, of which one description makes JSON, CSV and a page to print.
 *
 * A report reads in one snapshot, so that its parts agree while the sale goes on, in the pool of reports and
 * with a time-out of its own, so that it holds up nobody. Its rows are written as they come: into memory
 * while they are few, into a temporary file beyond. It is sent when it is whole, so nobody gets half of one,
 * and a slow reader keeps no transaction open.
 *
 * Every statement takes $1 what the report is about, $2 whether the office asks, and then what its report
 * says. A column that is for the office is not only left out here: the statement gives no value. */
#pragma once

#include "rest/reports/form.h"
#include "rest/statement.h"

enum report_kind {
    REPORT_TEXT,
    REPORT_WORD,    /* one of the words of words.c; as it is in JSON, else in the reader's language */
    REPORT_NUMBER,  /* whole */
    REPORT_MONEY,   /* yen */
    REPORT_RATE,    /* basis points; in per cent outside JSON */
    REPORT_INSTANT, /* ms since 1970; RFC 3339 in JSON, Japan's time elsewhere */
    REPORT_FLAG,
    REPORT_VALUE /* JSON already */
};

enum report_flag {
    REPORT_OFFICE = 1,  /* the office's alone */
    REPORT_DATA = 2,    /* for programs: in JSON only */
    REPORT_DISPLAY = 4, /* for people: not in JSON */
    REPORT_WIDE = 8,    /* not on the page, which is narrow */
    REPORT_IN_JA = 16,  /* outside JSON: only in Japanese */
    REPORT_IN_EN = 32,  /* outside JSON: only in English; where it is null, the column before counts */
    REPORT_SINGLE = 64  /* of a table: it has one row, and is an object in JSON */
};

struct report_column {
    const char *name; /* of the statement's column and of the JSON member */
    enum report_kind kind;
    unsigned flags;
    const char *en, *ja;
};

struct report_run;
struct report_table;

/** Gives a table's rows, by report_row. False when it failed: answered. */
typedef bool report_rows(struct report_run *run, const struct report_table *table);

struct report_table {
    const char *name; /* JSON member, and `table` of the query */
    const char *en, *ja;
    unsigned flags;
    const struct report_column *columns;
    size_t count;
    enum sql_query query;
    const char *argument; /* the statement's last parameter; NULL: it takes none */
    report_rows *rows;    /* instead of the statement; NULL: by the statement */
};

#define REPORT_COLUMNS_MAX 40
#define REPORT_TABLES_MAX  8

struct report {
    const char *name; /* of files */
    const char *en, *ja;
    const struct report_table *tables; /* the last is what `csv` gives unless asked for another */
    size_t count;
};

/** A report that is asked for. */
struct report_order {
    const struct report *report;
    const struct report_options *options;
    const char *subject; /* in headings: the sale, the lot; NULL: none */
    int64_t page_rows;   /* of the last table, and then JSON tells where it goes on (`next`) and a page that
                            it does; its statement gives `cursor` too, and one row more. 0: all */
};

/** Which form is asked for. False when the query or Accept asks for what there is not: answered. */
[[gnu::warn_unused_result]] bool report_form(struct request *request, struct response *response,
                                             const struct report *report,
                                             const struct report_options *options, enum report_format *out);

/** Answers with the report; `params` are what all its statements take, and are finished. */
void report_answer(struct request *request, struct response *response, const struct report_order *order,
                   enum report_format format, struct params *params);

/** Begins the snapshot that statements from here on read in; report_answer ends it, or report_end. False:
 * answered. */
[[gnu::warn_unused_result]] bool report_begin(struct request *request, struct response *response);
void report_end(struct request *request);

/* ---- for tables that make their rows themselves ---- */

struct request *report_request(struct report_run *run);
struct response *report_response(struct report_run *run);

/** Writes a row: the text of each column's value, NULL for null. False when there is no room: answered. */
[[gnu::warn_unused_result]] bool report_row(struct report_run *run, const char *const *values);
