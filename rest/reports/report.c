#include "rest/reports/report.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/store/encoding.h"
#include "rest/reports/run.h"
#include "rest/reports/words.h"
#include "rest/service.h"
#include "rest/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_MEMORY_MAX ((size_t)256 << 10) /* beyond, the report goes to a file */
#define ROW_MAX       ((size_t)16 << 20)
#define JAPAN_S       (9 * 3600)

static const struct report_shape *const shapes[REPORT_FORMAT_COUNT] = {
    [REPORT_JSON] = &report_as_json,
    [REPORT_CSV] = &report_as_csv,
    [REPORT_PAGE] = &report_as_page,
};

/* ---- what is shown, and how ---- */

struct request *report_request(struct report_run *run)
{
    return run->request;
}

struct response *report_response(struct report_run *run)
{
    return run->response;
}

static bool is_for(const struct request *request, unsigned flags)
{
    return (flags & REPORT_OFFICE) == 0 || request_is_office(request);
}

bool report_shows_table(const struct report_run *run, const struct report_table *table)
{
    const char *wanted = run->order->options->table;
    if (run->format != REPORT_CSV)
        return is_for(run->request, table->flags);
    const struct report *report = run->order->report;
    return wanted != NULL ? strcmp(wanted, table->name) == 0 : table == &report->tables[report->count - 1];
}

bool report_shows_column(const struct report_run *run, const struct report_column *column)
{
    if (!is_for(run->request, column->flags))
        return false;
    if (run->format == REPORT_JSON)
        return (column->flags & REPORT_DISPLAY) == 0;
    unsigned not_here = REPORT_DATA | (run->request->language == LANGUAGE_EN ? REPORT_IN_JA : REPORT_IN_EN) |
                        (run->format == REPORT_PAGE ? REPORT_WIDE : 0);
    return (column->flags & not_here) == 0;
}

const char *report_text(const struct report_run *run, const char *en, const char *ja)
{
    return run->request->language == LANGUAGE_EN ? en : ja;
}

void report_instant(int64_t at_ms, bool japan, char out[REPORT_SHOWN_SIZE])
{
    time_t seconds = (time_t)(at_ms / 1000) + (japan ? JAPAN_S : 0);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t size = strftime(out, REPORT_SHOWN_SIZE, japan ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + size, REPORT_SHOWN_SIZE - size, ".%03d%s", (int)(at_ms % 1000), japan ? "" : "Z");
}

const char *report_shown(const struct report_run *run, const char *const *values, size_t column,
                         char out[REPORT_SHOWN_SIZE])
{
    const struct report_column *shown = &run->table->columns[column];
    const char *value = values[column];
    if (value == NULL)
        return (shown->flags & REPORT_IN_EN) != 0 && column > 0 ? values[column - 1] : NULL;
    switch (shown->kind) {
    case REPORT_TEXT:
    case REPORT_NUMBER:
    case REPORT_MONEY:
    case REPORT_VALUE: return value;
    case REPORT_WORD: return report_word(value, run->request->language);
    case REPORT_FLAG:
        return strcmp(value, "t") == 0 ? report_text(run, "yes", "はい") : report_text(run, "no", "いいえ");
    case REPORT_INSTANT: report_instant(strtoll(value, NULL, 10), true, out); return out;
    case REPORT_RATE: {
        long long points = strtoll(value, NULL, 10);
        snprintf(out, REPORT_SHOWN_SIZE, "%lld.%02lld", points / 100, points % 100);
        return out;
    }
    }
    return NULL;
}

/* ---- where it goes ---- */

static void fail(struct report_run *run, const char *detail)
{
    if (!run->failed)
        response_problem(run->response, run->request,
                         &(struct problem){.verdict = VERDICT_UNAVAILABLE, .detail = detail});
    run->failed = true;
}

/* What has been written, in the charset wanted. */
static const struct buffer *encoded(struct report_run *run)
{
    if (run->charset == REPORT_UTF_8)
        return &run->text;
    buffer_clear(&run->converted);
    encoding_to_cp932(run->text.data != NULL ? run->text.data : "", run->text.size, &run->converted);
    return &run->converted;
}

static void put_away(struct report_run *run)
{
    if (run->text.failed) {
        fail(run, "A row of the report is too large.");
        return;
    }
    struct service *service = run->request->service;
    enum spool_result result = SPOOL_GOOD;
    if (run->spool == NULL)
        result = spool_open(service->spools, config_int(service->config, "REPORT_BYTES"), &run->spool);
    const struct buffer *bytes = encoded(run);
    if (result == SPOOL_GOOD)
        result = spool_append(run->spool, bytes->data, bytes->size);
    buffer_clear(&run->text);
    if (result == SPOOL_OVER)
        fail(run, "The report is larger than it may be; please ask for less at once.");
    else if (result != SPOOL_GOOD)
        fail(run, "There is no room for this at the moment.");
}

bool report_row(struct report_run *run, const char *const *values)
{
    run->shape->row(run, values);
    run->rows++;
    if (run->text.size > IN_MEMORY_MAX)
        put_away(run);
    return !run->failed;
}

static void send_report(struct report_run *run)
{
    const struct report_shape *shape = run->shape;
    char name[64];
    int64_t id = run->request->path_id;
    char number[24] = "";
    if (id > 0)
        snprintf(number, sizeof number, "-%lld", (long long)id);
    snprintf(name, sizeof name, "%s%s.%s", run->order->report->name, number,
             shape->extension != NULL ? shape->extension : "");
    if (run->spool != NULL && run->text.size > 0)
        put_away(run);
    if (run->failed)
        return;
    struct shown_file shown = {
        .spool = run->spool,
        .content_type = shape->content_types[run->charset],
        .filename = shape->extension != NULL ? name : NULL,
        .policy = run->policy[0] != '\0' ? run->policy : NULL,
        .whole = true,
    };
    if (run->spool != NULL) {
        run->spool = NULL;
        response_file(run->response, run->request, &shown);
    } else {
        const struct buffer *bytes = encoded(run);
        response_bytes(run->response, bytes->data, bytes->size, &shown);
    }
    response_header(run->response, "Vary", "Accept, Accept-Language");
    response_header(run->response, "Content-Language", "%s", language_name(run->request->language));
}

/* ---- rows from the database ---- */

/* By the name as it stands: PQfnumber would take it for lower case. */
static int field_named(const PGresult *row, const char *name)
{
    for (int i = 0; i < PQnfields(row); i++)
        if (strcmp(PQfname(row, i), name) == 0)
            return i;
    fprintf(stderr, "report: no column %s\n", name);
    abort();
}

static void find_fields(struct report_run *run, const PGresult *row)
{
    for (size_t i = 0; i < run->table->count; i++)
        run->fields[i] = field_named(row, run->table->columns[i].name);
}

/* Of a report in pages the row behind the last only tells that there is one. */
static bool is_beyond(struct report_run *run, const PGresult *row)
{
    const struct report_order *order = run->order;
    if (order->page_rows == 0 || run->table != &order->report->tables[order->report->count - 1])
        return false;
    run->more = run->rows >= order->page_rows;
    if (!run->more)
        snprintf(run->next, sizeof run->next, "%s", result_text(row, 0, "cursor"));
    return run->more;
}

static bool take_row(void *context, const PGresult *row)
{
    struct report_run *run = context;
    if (run->rows == 0)
        find_fields(run, row);
    if (is_beyond(run, row))
        return true;
    const char *values[REPORT_COLUMNS_MAX];
    for (size_t i = 0; i < run->table->count; i++)
        values[i] = PQgetisnull(row, 0, run->fields[i]) ? NULL : PQgetvalue(row, 0, run->fields[i]);
    return report_row(run, values);
}

static bool write_table(struct report_run *run, const struct report_table *table,
                        const struct params *order_params)
{
    run->table = table;
    run->rows = 0;
    run->more = false;
    run->shape->table(run);
    bool good;
    if (table->rows != NULL) {
        good = table->rows(run, table);
    } else {
        struct params params;
        params_copy(&params, order_params);
        if (table->argument != NULL)
            params_text(&params, table->argument);
        good = statement_stream(run->request, run->response, table->query, &params, take_row, run);
    }
    run->failed = run->failed || !good;
    if (!run->failed)
        run->shape->table_end(run);
    return !run->failed;
}

void report_answer(struct request *request, struct response *response, const struct report_order *order,
                   enum report_format format, struct params *params)
{
    struct report_run run = {
        .request = request,
        .response = response,
        .order = order,
        .shape = shapes[format],
        .format = format,
        .charset = order->options->has_charset ? (enum report_charset)order->options->charset : REPORT_UTF_8,
        .at_ms = clock_wall_ms(),
    };
    buffer_init(&run.text, ROW_MAX);
    buffer_init(&run.converted, ROW_MAX);
    run.shape->begin(&run);
    bool good = true;
    for (size_t i = 0; i < order->report->count && good; i++)
        if (report_shows_table(&run, &order->report->tables[i]))
            good = write_table(&run, &order->report->tables[i], params);
    if (good) {
        run.shape->end(&run);
        send_report(&run);
    }
    report_end(request);
    params_finish(params);
    spool_close(&run.spool);
    buffer_finish(&run.text);
    buffer_finish(&run.converted);
}

/* ---- before it ---- */

/* True when the asker may have that table as CSV. */
static bool has_table(const struct request *request, const struct report *report, const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->tables[i].name, name) == 0)
            return is_for(request, report->tables[i].flags);
    return false;
}

bool report_form(struct request *request, struct response *response, const struct report *report,
                 const struct report_options *options, enum report_format *out)
{
    *out = (enum report_format)options->format;
    if (!options->has_format && !report_format_accepted(request_header(request, "Accept"), out)) {
        response_refuse(response, request, VERDICT_NOT_ACCEPTABLE);
        return false;
    }
    struct field_faults faults = {0};
    if (*out != REPORT_CSV && options->has_charset)
        field_fault(&faults, "charset", "is for CSV alone");
    if (*out != REPORT_CSV && options->table != NULL)
        field_fault(&faults, "table", "is for CSV alone");
    else if (options->table != NULL && !has_table(request, report, options->table))
        field_fault(&faults, "table", "is none of this report's");
    if (faults.count == 0)
        return true;
    response_problem(response, request,
                     &(struct problem){.verdict = VERDICT_INVALID_MESSAGE, .faults = &faults});
    return false;
}

bool report_begin(struct request *request, struct response *response)
{
    struct error error = {0};
    int64_t timeout_ms = config_int(request->service->config, "REPORT_TIMEOUT_S") * 1000;
    if (db_begin_snapshot(request->worker->db, timeout_ms, &error) == DB_DONE)
        return true;
    log_warn("no report", log_text("requestId", request->id), log_text("reason", error.text));
    response_refuse(response, request, VERDICT_UNAVAILABLE);
    return false;
}

void report_end(struct request *request)
{
    db_rollback(request->worker->db);
}
