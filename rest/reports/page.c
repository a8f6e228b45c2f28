/* A report as a page to print on A4: one file without scripts, pictures or links, which may do nothing (its
 * policy allows its own style sheet, by hash, and no more), so that it can be kept and passed on. The heads
 * of tables come again on every sheet, as do title, time and number of the sheet in the margins. */
#include "rest/reports/run.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define SHEET_MAX 4096

static const char style[] =
    "@page{size:A4 landscape;margin:16mm 10mm 14mm}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;padding:1.5rem;max-width:80rem;color:#111;background:#fff;"
    "font:13px/1.45 'Hiragino Sans','Noto Sans CJK JP','Noto Sans JP','Yu Gothic',Meiryo,sans-serif}"
    "h1{margin:0;font-size:1.6em}h2{margin:1.6em 0 .4em;font-size:1.15em;break-after:avoid}"
    "header{border-bottom:2px solid #111;padding-bottom:.5em}header p{margin:.2em 0 0;color:#444}"
    "table{border-collapse:collapse;width:100%;font-size:.92em}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    "th,td{border:1px solid #999;padding:.2em .45em;text-align:left;vertical-align:top;"
    "overflow-wrap:break-word}"
    "thead th{background:#eee;font-weight:600}thead th.n{white-space:normal}"
    "td:first-child:not(.n){min-width:6em}.n{text-align:right;white-space:nowrap;font-variant-numeric:"
    "tabular-nums}.t{white-space:nowrap}"
    ".side{display:inline-block;vertical-align:top;margin-right:2rem;max-width:100%}"
    ".facts{width:auto;min-width:24rem}.facts th{background:#eee;font-weight:600;white-space:nowrap}"
    "code{font:.85em/1.3 monospace;word-break:break-all}.none{color:#666}"
    "@media print{body{padding:0;max-width:none;font-size:8.5pt}thead th,.facts th{"
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

static void write_escaped(struct buffer *out, const char *text)
{
    static const struct {
        char sign;
        const char *entity;
    } entities[] = {
        {'&',  "&amp;" },
        {'<',  "&lt;"  },
        {'>',  "&gt;"  },
        {'"',  "&quot;"},
        {'\'', "&#39;" }
    };
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"'");
        buffer_append(out, text, plain);
        text += plain;
        for (size_t i = 0; i < sizeof entities / sizeof entities[0] && *text != '\0'; i++) {
            if (entities[i].sign != *text)
                continue;
            buffer_append_text(out, entities[i].entity);
            text++;
            break;
        }
    }
}

/* A string of CSS: all of ASCII but letters and digits by number, so that nothing in it can end it. */
static void write_css_string(struct buffer *out, const char *text)
{
    buffer_append_text(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (plain)
            buffer_append(out, text, 1);
        else
            buffer_append_format(out, "\\%06x", c);
    }
    buffer_append_text(out, "\"");
}

static void write_margin(struct buffer *out, const char *place, const char *text)
{
    buffer_append_format(out, "@%s{font-size:8pt;color:#444;content:", place);
    write_css_string(out, text);
    buffer_append_text(out, "}");
}

static void write_sheet(const struct report_run *run, const char *title, const char *at, struct buffer *out)
{
    buffer_append_text(out, style);
    buffer_append_text(out, "@page{");
    write_margin(out, "top-left", title);
    write_margin(out, "top-right", "Seri");
    write_margin(out, "bottom-left", at);
    buffer_append_format(out,
                         "@bottom-right{font-size:8pt;color:#444;content:\"%s\" counter(page) \" / \" "
                         "counter(pages)}}",
                         report_text(run, "Page ", "ページ "));
}

static void write_policy(const struct buffer *sheet, char out[REPORT_POLICY_SIZE])
{
    unsigned char digest[32], text[48];
    if (EVP_Digest(sheet->data, sheet->size, digest, NULL, EVP_sha256(), NULL) != 1)
        return; /* without a policy of its own it may do nothing, not even have a style */
    EVP_EncodeBlock(text, digest, sizeof digest);
    snprintf(out, REPORT_POLICY_SIZE,
             "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'; sandbox",
             (const char *)text);
}

static void write_title(const struct report_run *run, char *out, size_t room)
{
    const struct report_order *order = run->order;
    const char *name = report_text(run, order->report->en, order->report->ja);
    struct buffer title;
    buffer_init_fixed(&title, out, room);
    buffer_append_text(&title, name);
    if (order->subject != NULL)
        buffer_append_format(&title, " — %s", order->subject);
}

static void begin(struct report_run *run)
{
    char at[REPORT_SHOWN_SIZE], made[2 * REPORT_SHOWN_SIZE], title[1024] = "";
    report_instant(run->at_ms, true, at);
    snprintf(made, sizeof made, "%s%.16s%s", report_text(run, "As of ", ""), at,
             report_text(run, " (Japan)", " 現在（日本時間）"));
    write_title(run, title, sizeof title);
    struct buffer sheet;
    buffer_init(&sheet, sizeof style + SHEET_MAX + 7 * sizeof title);
    write_sheet(run, title, made, &sheet);
    write_policy(&sheet, run->policy);

    struct buffer *out = &run->text;
    buffer_append_format(out,
                         "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                         "<meta name=\"viewport\" content=\"width=device-width\">"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\"",
                         language_name(run->request->language));
    /* frame-ancestors and sandbox mean nothing in a file that was saved */
    const char *rest = strstr(run->policy, "frame-ancestors");
    buffer_append(out, run->policy, rest != NULL ? (size_t)(rest - run->policy) : 0);
    buffer_append_text(out, "\"><title>");
    write_escaped(out, title);
    buffer_append_text(out, "</title><style>");
    buffer_append(out, sheet.data, sheet.size);
    buffer_append_text(out, "</style></head>\n<body><header><h1>");
    write_escaped(out, title);
    buffer_append_format(out, "</h1><p>%s</p></header>\n", made);
    buffer_finish(&sheet);
}

static bool is_single(const struct report_run *run)
{
    return (run->table->flags & REPORT_SINGLE) != 0;
}

static const char *class_of(enum report_kind kind)
{
    switch (kind) {
    case REPORT_NUMBER:
    case REPORT_MONEY:
    case REPORT_RATE: return " class=\"n\"";
    case REPORT_INSTANT: return " class=\"t\"";
    case REPORT_TEXT:
    case REPORT_WORD:
    case REPORT_FLAG:
    case REPORT_VALUE: return "";
    }
    return "";
}

static void write_heading(struct report_run *run, const struct report_column *column, const char *scope)
{
    buffer_append_format(&run->text, "<th scope=\"%s\"%s>", scope,
                         is_single(run) ? "" : class_of(column->kind));
    write_escaped(&run->text, report_text(run, column->en, column->ja));
    buffer_append_text(&run->text, "</th>");
}

static void table(struct report_run *run)
{
    const struct report_table *now = run->table;
    buffer_append_format(&run->text, "<section%s><h2>", is_single(run) ? " class=\"side\"" : "");
    write_escaped(&run->text, report_text(run, now->en, now->ja));
    buffer_append_format(&run->text, "</h2><table%s>", is_single(run) ? " class=\"facts\"" : "");
    if (!is_single(run)) {
        buffer_append_text(&run->text, "<thead><tr>");
        for (size_t i = 0; i < now->count; i++)
            if (report_shows_column(run, &now->columns[i]))
                write_heading(run, &now->columns[i], "col");
        buffer_append_text(&run->text, "</tr></thead>");
    }
    buffer_append_text(&run->text, "<tbody>\n");
}

/* Whole yen in groups of three. */
static void write_money(struct buffer *out, const char *digits)
{
    size_t sign = *digits == '-';
    size_t size = strlen(digits);
    for (size_t i = 0; i < size; i++) {
        if (i > sign && (size - i) % 3 == 0)
            buffer_append_text(out, ",");
        buffer_append(out, digits + i, 1);
    }
}

static void write_cell(struct report_run *run, const char *const *values, size_t column)
{
    enum report_kind kind = run->table->columns[column].kind;
    char room[REPORT_SHOWN_SIZE];
    const char *shown = report_shown(run, values, column, room);
    buffer_append_format(&run->text, "<td%s>", class_of(kind));
    if (shown != NULL && kind == REPORT_MONEY) {
        write_money(&run->text, shown);
    } else if (shown != NULL && kind == REPORT_VALUE) {
        buffer_append_text(&run->text, "<code>");
        write_escaped(&run->text, shown);
        buffer_append_text(&run->text, "</code>");
    } else if (shown != NULL) {
        write_escaped(&run->text, shown);
    }
    buffer_append_text(&run->text, "</td>");
}

static void row(struct report_run *run, const char *const *values)
{
    if (!is_single(run))
        buffer_append_text(&run->text, "<tr>");
    for (size_t i = 0; i < run->table->count; i++) {
        const struct report_column *column = &run->table->columns[i];
        if (!report_shows_column(run, column))
            continue;
        if (is_single(run)) {
            buffer_append_text(&run->text, "<tr>");
            write_heading(run, column, "row");
        }
        write_cell(run, values, i);
        if (is_single(run))
            buffer_append_text(&run->text, "</tr>\n");
    }
    if (!is_single(run))
        buffer_append_text(&run->text, "</tr>\n");
}

static void table_end(struct report_run *run)
{
    int shown = 0;
    for (size_t i = 0; i < run->table->count; i++)
        shown += report_shows_column(run, &run->table->columns[i]);
    if (run->rows == 0)
        buffer_append_format(&run->text, "<tr><td class=\"none\" colspan=\"%d\">%s</td></tr>", shown,
                             report_text(run, "none", "なし"));
    buffer_append_text(&run->text, "</tbody></table>");
    if (run->more)
        buffer_append_format(&run->text, "<p class=\"none\">%s</p>",
                             report_text(run, "There is more than this page holds; CSV has all of it.",
                                         "続きがあります。CSVにはすべて含まれます。"));
    buffer_append_text(&run->text, "</section>\n");
}

static void end(struct report_run *run)
{
    buffer_append_text(&run->text, "</body></html>\n");
}

const struct report_shape report_as_page = {
    .content_types = {[REPORT_UTF_8] = "text/html; charset=utf-8"},
    .begin = begin,
    .table = table,
    .row = row,
    .table_end = table_end,
    .end = end,
};
