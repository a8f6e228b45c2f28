/* A report for programs: an object with a member for each table, a list or, of those of one row, an object.
 */
#include "rest/reports/run.h"

#include <stdlib.h>
#include <string.h>

static void begin(struct report_run *run)
{
    char at[REPORT_SHOWN_SIZE];
    report_instant(run->at_ms, false, at);
    run->json = json_start(&run->text);
    json_object(&run->json, NULL);
    json_text(&run->json, "generatedAt", at);
}

static bool is_single(const struct report_run *run)
{
    return (run->table->flags & REPORT_SINGLE) != 0;
}

static void table(struct report_run *run)
{
    if (!is_single(run))
        json_array(&run->json, run->table->name);
}

static void write_value(struct json *json, const struct report_column *column, const char *value)
{
    if (value == NULL) {
        json_null(json, column->name);
        return;
    }
    switch (column->kind) {
    case REPORT_TEXT:
    case REPORT_WORD: json_text(json, column->name, value); break;
    case REPORT_NUMBER:
    case REPORT_MONEY:
    case REPORT_RATE:
    case REPORT_VALUE: json_raw(json, column->name, value, strlen(value)); break;
    case REPORT_FLAG: json_bool(json, column->name, strcmp(value, "t") == 0); break;
    case REPORT_INSTANT: {
        char at[REPORT_SHOWN_SIZE];
        report_instant(strtoll(value, NULL, 10), false, at);
        json_text(json, column->name, at);
        break;
    }
    }
}

static void row(struct report_run *run, const char *const *values)
{
    json_object(&run->json, is_single(run) ? run->table->name : NULL);
    for (size_t i = 0; i < run->table->count; i++)
        if (report_shows_column(run, &run->table->columns[i]))
            write_value(&run->json, &run->table->columns[i], values[i]);
    json_object_end(&run->json);
}

static void table_end(struct report_run *run)
{
    if (!is_single(run))
        json_array_end(&run->json);
}

static void end(struct report_run *run)
{
    if (run->order->page_rows > 0)
        json_text(&run->json, "next", run->more ? run->next : NULL);
    json_object_end(&run->json);
}

const struct report_shape report_as_json = {
    .content_types = {[REPORT_UTF_8] = "application/json"},
    .begin = begin,
    .table = table,
    .row = row,
    .table_end = table_end,
    .end = end,
};
