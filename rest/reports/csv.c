/* One table of a report for spreadsheets: CSV by RFC 4180, with a byte order mark where it is UTF-8, for
 * without it Japanese spreadsheets read Shift_JIS.
 *
 * A spreadsheet takes a text that begins like a formula for one, and what stands in it was written by
 * strangers: an apostrophe before it makes it a text again. The full-width signs count as well where one
 * writes Japanese. */
#include "rest/reports/run.h"

#include <string.h>

static const char *const formula_signs[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

static void begin(struct report_run *run)
{
    if (run->charset == REPORT_UTF_8)
        buffer_append_text(&run->text, "\xef\xbb\xbf");
}

static bool looks_like_formula(const char *text)
{
    for (size_t i = 0; i < sizeof formula_signs / sizeof formula_signs[0]; i++)
        if (strncmp(text, formula_signs[i], strlen(formula_signs[i])) == 0)
            return true;
    return false;
}

static void write_text(struct buffer *out, const char *text)
{
    buffer_append_text(out, "\"");
    if (looks_like_formula(text))
        buffer_append_text(out, "'");
    while (*text != '\0') {
        size_t plain = strcspn(text, "\"");
        buffer_append(out, text, plain);
        text += plain;
        if (*text == '"') {
            buffer_append_text(out, "\"\"");
            text++;
        }
    }
    buffer_append_text(out, "\"");
}

static bool is_number(enum report_kind kind)
{
    return kind == REPORT_NUMBER || kind == REPORT_MONEY || kind == REPORT_RATE;
}

static void table(struct report_run *run)
{
    bool first = true;
    for (size_t i = 0; i < run->table->count; i++) {
        const struct report_column *column = &run->table->columns[i];
        if (!report_shows_column(run, column))
            continue;
        buffer_append_text(&run->text, first ? "" : ",");
        write_text(&run->text, report_text(run, column->en, column->ja));
        first = false;
    }
    buffer_append_text(&run->text, "\r\n");
}

static void row(struct report_run *run, const char *const *values)
{
    bool first = true;
    for (size_t i = 0; i < run->table->count; i++) {
        if (!report_shows_column(run, &run->table->columns[i]))
            continue;
        char room[REPORT_SHOWN_SIZE];
        const char *shown = report_shown(run, values, i, room);
        buffer_append_text(&run->text, first ? "" : ",");
        if (shown != NULL && is_number(run->table->columns[i].kind))
            buffer_append_text(&run->text, shown);
        else if (shown != NULL)
            write_text(&run->text, shown);
        first = false;
    }
    buffer_append_text(&run->text, "\r\n");
}

static void nothing(struct report_run *run)
{
    (void)run;
}

const struct report_shape report_as_csv = {
    .content_types = {[REPORT_UTF_8] = "text/csv; charset=utf-8; header=present",
                      [REPORT_SHIFT_JIS] = "text/csv; charset=shift_jis; header=present"},
    .extension = "csv",
    .begin = begin,
    .table = table,
    .row = row,
    .table_end = nothing,
    .end = nothing,
};
