/* libcsv splits the text, fed a line at a time so that every row knows where it begins, and begun anew after
 * a row whose quotation marks are wrong, so that one such row hides no other fault. A row is checked as soon
 * as it is whole and kept in the form in which the database takes it: all texts in one run of memory, since a
 * catalogue may have a hundred thousand rows. */
#include "core/store/catalogue.h"

#include "core/base/alloc.h"
#include "core/base/utf8.h"
#include "core/domain/money.h"
#include "core/store/encoding.h"

#include <csv.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOT_NUMBER_MAX = 999999,
    FIELDS_MAX = 64,       /* of a row; what lies beyond is only counted */
    BATCH_ROWS = 10000,    /* lots of one statement */
    BATCH_BYTES = 8000000, /* and their texts, well under PARAMS_BYTES_MAX */
    YEAR_MIN = 1950,
    YEAR_MAX = 2200,
    DIGITS_MAX = 13, /* of 10^12 */
    CSV_BUFFER_STEP = 4096,
};

/* ---- the columns ---- */

enum column {
    LOT_NUMBER,
    START_PRICE,
    RESERVE, /* the numbers, then the texts: in the order of the statement's parameters */
    NAME_JA,
    NAME_EN,
    SEX,
    COAT_COLOUR,
    FOALED_ON,
    SIRE_JA,
    SIRE_EN,
    DAM_JA,
    DAM_EN,
    DAMSIRE_JA,
    DAMSIRE_EN,
    BREEDER,
    CONSIGNOR,
    DISCLOSURES,
    NOTES,
    COLUMN_COUNT
};

enum form { FORM_LOT, FORM_PRICE, FORM_RESERVE, FORM_LINE, FORM_TEXT, FORM_SEX, FORM_COAT, FORM_DATE };

static const struct {
    const char *name;
    enum form form;
    bool required;
    int characters; /* at most; of a text */
} columns[COLUMN_COUNT] = {
    [LOT_NUMBER] = {"lot_number",  FORM_LOT,     true,  0    },
    [START_PRICE] = {"start_price", FORM_PRICE,   true,  0    },
    [RESERVE] = {"reserve",     FORM_RESERVE, false, 0    },
    [NAME_JA] = {"name_ja",     FORM_LINE,    false, 100  },
    [NAME_EN] = {"name_en",     FORM_LINE,    false, 100  },
    [SEX] = {"sex",         FORM_SEX,     true,  0    },
    [COAT_COLOUR] = {"coat_colour", FORM_COAT,    true,  0    },
    [FOALED_ON] = {"foaled_on",   FORM_DATE,    true,  0    },
    [SIRE_JA] = {"sire_ja",     FORM_LINE,    true,  100  },
    [SIRE_EN] = {"sire_en",     FORM_LINE,    false, 100  },
    [DAM_JA] = {"dam_ja",      FORM_LINE,    true,  100  },
    [DAM_EN] = {"dam_en",      FORM_LINE,    false, 100  },
    [DAMSIRE_JA] = {"damsire_ja",  FORM_LINE,    false, 100  },
    [DAMSIRE_EN] = {"damsire_en",  FORM_LINE,    false, 100  },
    [BREEDER] = {"breeder",     FORM_LINE,    false, 200  },
    [CONSIGNOR] = {"consignor",   FORM_LINE,    false, 200  },
    [DISCLOSURES] = {"disclosures", FORM_TEXT,    false, 10000},
    [NOTES] = {"notes",       FORM_TEXT,    false, 10000},
};

/* What people write, and what the database calls it. */
struct word {
    const char *written, *stored;
};

static const struct word sexes[] = {
    {"牡",     "male"   },
    {"牝",     "female" },
    {"セン",  "gelding"},
    {"male",    "male"   },
    {"female",  "female" },
    {"gelding", "gelding"},
    {NULL,      NULL     },
};

static const struct word coats[] = {
    {"鹿毛",        "bay"          },
    {"黒鹿毛",     "dark_bay"     },
    {"青鹿毛",     "brown"        },
    {"青毛",        "black"        },
    {"芦毛",        "grey"         },
    {"栗毛",        "chestnut"     },
    {"栃栗毛",     "dark_chestnut"},
    {"白毛",        "white"        },
    {"bay",           "bay"          },
    {"dark_bay",      "dark_bay"     },
    {"dark bay",      "dark_bay"     },
    {"brown",         "brown"        },
    {"black",         "black"        },
    {"grey",          "grey"         },
    {"chestnut",      "chestnut"     },
    {"dark_chestnut", "dark_chestnut"},
    {"dark chestnut", "dark_chestnut"},
    {"white",         "white"        },
    {NULL,            NULL           },
};

/* ---- the faults ---- */

enum fault {
    NOT_UTF8,
    CONTROL,
    MISSING,
    TOO_LONG,
    BAD_LOT,
    BAD_SEX,
    BAD_COAT,
    BAD_DATE,
    IN_FUTURE,
    BAD_PRICE,
    OFF_STEP,
    LOT_TWICE,
    LOT_TAKEN,
    COLUMN_UNKNOWN,
    COLUMN_TWICE,
    COLUMN_MISSING,
    BAD_QUOTES,
    TOO_MANY_FIELDS,
    TOO_MANY_ROWS,
    NO_ROWS,
    TOO_BIG,
};

/* A sentence around a number, or, without an `after`, by itself. */
static const struct {
    const char *en, *en_after, *ja, *ja_after;
} sentences[] = {
    [NOT_UTF8] = {"is neither UTF-8 nor Shift_JIS: save the file as CSV in UTF-8",                    NULL,
                  "UTF-8でもShift_JISでもありません。ファイルをUTF-8のCSVで保存してください",                                                                                  NULL                                     },
    [CONTROL] = {"holds a control character",                                                        NULL,                                  "制御文字が含まれています",                    NULL                                     },
    [MISSING] = {"must be given",                                                                    NULL,                                  "入力してください",                                NULL                                     },
    [TOO_LONG] = {"may have at most ",                                                                " characters",                         "",                                                        "文字以内で入力してください"},
    [BAD_LOT] = {"must be a whole number from 1 to 999999",                                          NULL,                                  "1から999999までの整数で入力してください",
                  NULL                                                                                                                                                                                                                           },
    [BAD_SEX] = {"must be one of 牡, 牝, セン, male, female, gelding",                           NULL,
                  "牡・牝・センのいずれかで入力してください",                                                                                                                       NULL                                     },
    [BAD_COAT] = {"must be one of bay, dark_bay, brown, black, grey, chestnut, dark_chestnut, white", NULL,
                  "鹿毛・黒鹿毛・青鹿毛・青毛・芦毛・栗毛・栃栗毛・白毛のいずれかで入力してください",                                                           NULL                                     },
    [BAD_DATE] = {"must be a real day, written as 2025-03-09",                                        NULL,
                  "実在する日付を2025-03-09の形で入力してください",                                                                                                                   NULL                                     },
    [IN_FUTURE] = {"is a day in the future",                                                           NULL,                                  "未来の日付です",                                   NULL                                     },
    [BAD_PRICE] = {"must be whole yen in digits only, at most 1000000000000",                          NULL,
                  "円単位の整数(数字のみ、1000000000000以下)で入力してください",                                                                                                  NULL                                     },
    [OFF_STEP] = {"must be a multiple of ",                                                           " yen, the smallest step of the sale", "市場の最小単位である",
                  "円の倍数で入力してください"                                                                                                                                                                                      },
    [LOT_TWICE] = {"is also the number of line ",                                                      "",                                    "同じ上場番号が",                                   "行目にもあります"               },
    [LOT_TAKEN] = {"is the number of a lot that the sale has already",                                 NULL,
                  "この上場番号は市場にすでに登録されています",                                                                                                                    NULL                                     },
    [COLUMN_UNKNOWN] = {"there is no column of this name",                                                  NULL,                                  "この名前の列はありません",                    NULL                                     },
    [COLUMN_TWICE] = {"the column is there twice",                                                        NULL,                                  "列が重複しています",                             NULL                                     },
    [COLUMN_MISSING] = {"the column is required and not there",                                             NULL,                                  "必須の列がありません",                          NULL                                     },
    [BAD_QUOTES] = {"the row's quotation marks are wrong",                                              NULL,                                  "行の引用符「\"」が正しくありません",      NULL                                     },
    [TOO_MANY_FIELDS] = {"the row has more fields than there are columns",                                   NULL,
                  "行の項目数が列数を超えています",                                                                                                                                      NULL                                     },
    [TOO_MANY_ROWS] = {"the file has more rows than ",                                                     "",                                    "行数が",                                               "を超えています"                  },
    [NO_ROWS] = {"the file has no lots",                                                             NULL,                                  "上場馬の行がありません",                       NULL                                     },
    [TOO_BIG] = {"the file is larger than ",                                                         " bytes",                              "ファイルの大きさが",                             "バイトを超えています"         },
};

/* ---- what is kept of the file ---- */

union cell {
    int64_t number;
    struct {
        uint32_t offset, size; /* into the catalogue's texts; size 0: not given */
    } text;
};

struct row {
    int64_t line;
    union cell cells[COLUMN_COUNT];
};

struct catalogue {
    struct buffer texts;
    struct row *rows;
    size_t count, capacity;
    int32_t *line_of_lot; /* by lot number; 0: not in the file */
    struct catalogue_fault *faults;
    size_t told, total;
};

static void set_sentence(char *out, size_t size, const char *before, const char *after, int64_t number)
{
    if (after == NULL)
        snprintf(out, size, "%s", before);
    else
        snprintf(out, size, "%s%lld%s", before, (long long)number, after);
}

/* Copies a name that may be anybody's, cut between characters, with what is not text left out. */
static void copy_name(char *out, size_t room, const char *name, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(name + at, size - at);
        bool shown = length > 1 || (length == 1 && name[at] >= ' ' && name[at] != 0x7f);
        if (used + length >= room)
            break;
        if (shown) {
            memcpy(out + used, name + at, length);
            used += length;
        }
        at += length > 0 ? length : 1;
    }
    out[used] = '\0';
}

static void add_fault_of(struct catalogue *catalogue, int64_t line, const char *column, size_t column_size,
                         enum fault fault, int64_t number)
{
    catalogue->total++;
    if (catalogue->told == CATALOGUE_FAULTS_MAX)
        return;
    struct catalogue_fault *told = &catalogue->faults[catalogue->told++];
    told->line = line;
    copy_name(told->column, sizeof told->column, column, column_size);
    set_sentence(told->en, sizeof told->en, sentences[fault].en, sentences[fault].en_after, number);
    set_sentence(told->ja, sizeof told->ja, sentences[fault].ja, sentences[fault].ja_after, number);
}

static void add_fault(struct catalogue *catalogue, int64_t line, enum column column, enum fault fault,
                      int64_t number)
{
    add_fault_of(catalogue, line, columns[column].name, strlen(columns[column].name), fault, number);
}

static void add_row_fault(struct catalogue *catalogue, int64_t line, enum fault fault, int64_t number)
{
    add_fault_of(catalogue, line, "", 0, fault, number);
}

/* ---- one field ---- */

struct field {
    const char *text; /* not terminated */
    size_t size;
};

static bool begins_with(const struct field *field, const char *bytes, size_t size)
{
    return field->size >= size && memcmp(field->text, bytes, size) == 0;
}

static bool ends_with(const struct field *field, const char *bytes, size_t size)
{
    return field->size >= size && memcmp(field->text + field->size - size, bytes, size) == 0;
}

/* Without the white space around it, the wide one of Japanese keyboards included. */
static struct field trimmed(struct field field)
{
    static const char *const spaces[] = {" ", "\t", "\r", "\n", "\u3000"};
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
            size_t size = strlen(spaces[i]);
            if (begins_with(&field, spaces[i], size)) {
                field.text += size;
                field.size -= size;
                again = true;
            }
            if (ends_with(&field, spaces[i], size)) {
                field.size -= size;
                again = true;
            }
        }
    }
    return field;
}

static bool read_whole(const struct field *field, int64_t *out)
{
    if (field->size == 0 || field->size > DIGITS_MAX)
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < field->size; i++) {
        if (field->text[i] < '0' || field->text[i] > '9')
            return false;
        number = number * 10 + (field->text[i] - '0');
    }
    *out = number;
    return true;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* 2025-03-09, and 2025/3/9, which is what a Japanese spreadsheet makes of it when it saves. */
static bool read_date(const struct field *field, char out[sizeof "2025-03-09"])
{
    unsigned parts[3] = {0, 0, 0};
    int digits[3] = {0, 0, 0};
    int part = 0;
    char separator = '\0';
    for (size_t i = 0; i < field->size; i++) {
        char c = field->text[i];
        if (c >= '0' && c <= '9' && digits[part] < 4) {
            parts[part] = parts[part] * 10 + (unsigned)(c - '0');
            digits[part]++;
        } else if ((c == '-' || c == '/') && part < 2 && (separator == '\0' || separator == c)) {
            separator = c;
            part++;
        } else {
            return false;
        }
    }
    int fewest = separator == '-' ? 2 : 1;
    if (part != 2 || digits[0] != 4 || digits[1] < fewest || digits[1] > 2 || digits[2] < fewest ||
        digits[2] > 2)
        return false;
    if (parts[0] < YEAR_MIN || parts[0] > YEAR_MAX || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 ||
        parts[2] > days_of_month(parts[0], parts[1]))
        return false;
    snprintf(out, sizeof "2025-03-09", "%04u-%02u-%02u", parts[0] % 10000, parts[1] % 100, parts[2] % 100);
    return true;
}

static const char *find_word(const struct word *words, const struct field *field)
{
    for (; words->written != NULL; words++)
        if (strlen(words->written) == field->size && begins_with(field, words->written, field->size))
            return words->stored;
    return NULL;
}

static void keep_text(struct catalogue *catalogue, const char *text, size_t size, union cell *cell)
{
    cell->text.offset = (uint32_t)catalogue->texts.size;
    cell->text.size = (uint32_t)size;
    buffer_append(&catalogue->texts, text, size);
}

static const char *text_of(const struct catalogue *catalogue, const union cell *cell)
{
    return cell->text.size > 0 ? catalogue->texts.data + cell->text.offset : NULL;
}

/* A text in UTF-8 of not too many characters; -1 when there is none of the faults. */
static int text_fault(const struct field *field, int most, bool several_lines)
{
    int characters = 0;
    for (size_t at = 0; at < field->size; characters++) {
        size_t length = utf8_length(field->text + at, field->size - at);
        unsigned char first = (unsigned char)field->text[at];
        bool line_end = first == '\n' || first == '\r' || first == '\t';
        if (length == 0)
            return NOT_UTF8;
        if ((first < ' ' && !(several_lines && line_end)) || first == 0x7f)
            return CONTROL;
        at += length;
    }
    return characters > most ? TOO_LONG : -1;
}

static int read_number(const struct field *field, int64_t lowest, int64_t highest, int fault,
                       union cell *cell)
{
    int64_t number;
    if (!read_whole(field, &number) || number < lowest || number > highest)
        return fault;
    cell->number = number;
    return -1;
}

static int read_word(struct catalogue *catalogue, const struct word *words, const struct field *field,
                     int fault, union cell *cell)
{
    const char *stored = find_word(words, field);
    if (stored != NULL)
        keep_text(catalogue, stored, strlen(stored), cell);
    return stored != NULL ? -1 : fault;
}

/* Without the apostrophe that an export puts before what a spreadsheet would take for a formula (csv_text of
 * the migrations). */
static struct field unmasked(struct field field)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\t", "\r", "'", "＝", "＋", "－", "＠"};
    struct field rest = {field.text + 1, field.size - 1};
    for (size_t i = 0; begins_with(&field, "'", 1) && i < sizeof signs / sizeof signs[0]; i++)
        if (begins_with(&rest, signs[i], strlen(signs[i])))
            return rest;
    return field;
}

static int read_text(struct catalogue *catalogue, const struct field *field, enum column column,
                     union cell *cell)
{
    struct field text = unmasked(*field);
    int fault = text_fault(&text, columns[column].characters, columns[column].form == FORM_TEXT);
    if (fault < 0)
        keep_text(catalogue, text.text, text.size, cell);
    return fault;
}

static int read_day(struct catalogue *catalogue, const struct field *field, union cell *cell)
{
    char day[sizeof "2025-03-09"];
    if (!read_date(field, day))
        return BAD_DATE;
    keep_text(catalogue, day, strlen(day), cell);
    return -1;
}

/* Reads a field that is not empty into its cell; the fault, or -1. */
static int read_cell(struct catalogue *catalogue, enum column column, const struct field *field,
                     union cell *cell)
{
    switch (columns[column].form) {
    case FORM_LOT: return read_number(field, 1, LOT_NUMBER_MAX, BAD_LOT, cell);
    case FORM_PRICE: return read_number(field, 1, MONEY_MAX, BAD_PRICE, cell);
    case FORM_RESERVE: return read_number(field, 0, MONEY_MAX, BAD_PRICE, cell);
    case FORM_LINE:
    case FORM_TEXT: return read_text(catalogue, field, column, cell);
    case FORM_SEX: return read_word(catalogue, sexes, field, BAD_SEX, cell);
    case FORM_COAT: return read_word(catalogue, coats, field, BAD_COAT, cell);
    case FORM_DATE: return read_day(catalogue, field, cell);
    }
    abort();
}

/* ---- rows ---- */

struct reader {
    struct catalogue *catalogue;
    struct csv_parser parser;
    int64_t line;         /* being fed */
    int64_t row_line;     /* where the row in hand begins */
    bool between_rows;    /* no row is in hand */
    struct buffer fields; /* the texts of the row in hand, one after the other */
    size_t sizes[FIELDS_MAX];
    size_t count; /* of fields, those beyond FIELDS_MAX included */
    bool has_header;
    size_t header_count;
    int columns[FIELDS_MAX]; /* the column of each field, -1: unknown */
    bool present[COLUMN_COUNT];
};

static int find_column(const struct field *field)
{
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (strlen(columns[column].name) == field->size &&
            begins_with(field, columns[column].name, field->size))
            return column;
    return -1;
}

static void read_header(struct reader *reader, const struct field *fields, size_t count)
{
    struct catalogue *catalogue = reader->catalogue;
    reader->has_header = true;
    reader->header_count = reader->count;
    for (size_t i = 0; i < count; i++) {
        int column = find_column(&fields[i]);
        bool twice = column >= 0 && reader->present[column];
        reader->columns[i] = twice ? -1 : column;
        if (column < 0 || twice)
            add_fault_of(catalogue, reader->row_line, fields[i].text, fields[i].size,
                         twice ? COLUMN_TWICE : COLUMN_UNKNOWN, 0);
        else
            reader->present[column] = true;
    }
    if (reader->count > count)
        add_row_fault(catalogue, reader->row_line, TOO_MANY_FIELDS, 0);
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (columns[column].required && !reader->present[column])
            add_fault(catalogue, reader->row_line, (enum column)column, COLUMN_MISSING, 0);
}

static void note_lot_number(struct catalogue *catalogue, const struct row *row)
{
    int64_t lot = row->cells[LOT_NUMBER].number;
    int32_t *line = &catalogue->line_of_lot[lot];
    if (*line != 0)
        add_fault(catalogue, row->line, LOT_NUMBER, LOT_TWICE, *line);
    else
        *line = (int32_t)row->line;
}

static struct row *new_row(struct catalogue *catalogue, int64_t line)
{
    if (catalogue->count == catalogue->capacity) {
        catalogue->capacity = catalogue->capacity > 0 ? 2 * catalogue->capacity : 256;
        catalogue->rows = xrealloc(catalogue->rows, catalogue->capacity * sizeof *catalogue->rows);
    }
    struct row *row = &catalogue->rows[catalogue->count++];
    *row = (struct row){.line = line};
    return row;
}

static void read_row(struct reader *reader, const struct field *fields, size_t count)
{
    struct catalogue *catalogue = reader->catalogue;
    if (catalogue->count == CATALOGUE_ROWS_MAX) {
        if (catalogue->total == 0)
            add_row_fault(catalogue, reader->row_line, TOO_MANY_ROWS, CATALOGUE_ROWS_MAX);
        return;
    }
    if (reader->count > reader->header_count)
        add_row_fault(catalogue, reader->row_line, TOO_MANY_FIELDS, 0);
    struct row *row = new_row(catalogue, reader->row_line);
    bool given[COLUMN_COUNT] = {false};
    for (size_t i = 0; i < count && i < reader->header_count; i++) {
        int column = reader->columns[i];
        if (column < 0 || fields[i].size == 0)
            continue;
        given[column] = true;
        int fault = read_cell(catalogue, (enum column)column, &fields[i], &row->cells[column]);
        if (fault >= 0)
            add_fault(catalogue, row->line, (enum column)column, (enum fault)fault,
                      columns[column].characters);
        else if (column == LOT_NUMBER)
            note_lot_number(catalogue, row);
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (columns[column].required && reader->present[column] && !given[column])
            add_fault(catalogue, row->line, (enum column)column, MISSING, 0);
}

static void begin_row(struct reader *reader)
{
    buffer_clear(&reader->fields);
    reader->count = 0;
    reader->between_rows = true;
}

/* Called by libcsv for each field. */
static void on_field(void *text, size_t size, void *context)
{
    struct reader *reader = context;
    if (reader->count < FIELDS_MAX) {
        buffer_append(&reader->fields, text, size);
        reader->sizes[reader->count] = size;
    }
    reader->count++;
}

/* Called by libcsv at the end of each row. Spreadsheets like to save rows of nothing but commas: these count
 * as empty lines. */
static void on_row(int terminator, void *context)
{
    (void)terminator;
    struct reader *reader = context;
    struct field fields[FIELDS_MAX];
    size_t count = reader->count < FIELDS_MAX ? reader->count : FIELDS_MAX;
    const char *text = reader->fields.data != NULL ? reader->fields.data : "";
    bool empty = true;
    for (size_t i = 0; i < count; i++) {
        fields[i] = trimmed((struct field){text, reader->sizes[i]});
        text += reader->sizes[i];
        empty = empty && fields[i].size == 0;
    }
    if (!empty && !reader->has_header)
        read_header(reader, fields, count);
    else if (!empty)
        read_row(reader, fields, count);
    begin_row(reader);
}

/* ---- the file ---- */

static void begin_parser(struct reader *reader)
{
    csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&reader->parser, xrealloc);
    csv_set_blk_size(&reader->parser, CSV_BUFFER_STEP);
    begin_row(reader);
}

/* The size of the line at `bytes`, with what ends it: LF, CR LF, or the CR of old spreadsheets. */
static size_t line_size(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n')
            return i + 1;
        if (bytes[i] == '\r')
            return i + 1 < size && bytes[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return size;
}

static void feed_line(struct reader *reader, const char *bytes, size_t size)
{
    reader->line++;
    if (reader->between_rows) {
        reader->row_line = reader->line;
        reader->between_rows = trimmed((struct field){bytes, size}).size == 0;
    }
    if (csv_parse(&reader->parser, bytes, size, on_field, on_row, reader) == size)
        return;
    add_row_fault(reader->catalogue, reader->row_line, BAD_QUOTES, 0);
    csv_free(&reader->parser);
    begin_parser(reader);
}

static void read_file(struct reader *reader, const char *bytes, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t at = size >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    begin_parser(reader);
    while (at < size) {
        size_t length = line_size(bytes + at, size - at);
        feed_line(reader, bytes + at, length);
        at += length;
    }
    if (csv_fini(&reader->parser, on_field, on_row, reader) != 0)
        add_row_fault(reader->catalogue, reader->row_line, BAD_QUOTES, 0);
    csv_free(&reader->parser);

    if (!reader->has_header) {
        reader->row_line = 1;
        read_header(reader, NULL, 0);
    } else if (reader->catalogue->count == 0 && reader->catalogue->total == 0)
        add_row_fault(reader->catalogue, 0, NO_ROWS, 0);
}

static void parse_text(struct catalogue *catalogue, const char *bytes, size_t size)
{
    if (size > CATALOGUE_BYTES_MAX) {
        add_row_fault(catalogue, 0, TOO_BIG, (int64_t)CATALOGUE_BYTES_MAX);
        return;
    }
    struct reader *reader = xcalloc(1, sizeof *reader);
    reader->catalogue = catalogue;
    buffer_init(&reader->fields, CATALOGUE_BYTES_MAX);
    read_file(reader, bytes, size);
    buffer_finish(&reader->fields);
    free(reader);
}

struct catalogue *catalogue_parse(const char *bytes, size_t size)
{
    struct catalogue *catalogue = xcalloc(1, sizeof *catalogue);
    catalogue->line_of_lot = xcalloc(LOT_NUMBER_MAX + 1, sizeof *catalogue->line_of_lot);
    catalogue->faults = xcalloc(CATALOGUE_FAULTS_MAX, sizeof *catalogue->faults);
    buffer_init(&catalogue->texts, 2 * CATALOGUE_BYTES_MAX); /* 牡 is kept as "male": a little longer */
    struct buffer converted;
    buffer_init(&converted, CATALOGUE_BYTES_MAX + 1);
    /* What cannot be converted is told as it stands, line by line. */
    if (size <= CATALOGUE_BYTES_MAX && encoding_is_cp932(bytes, size) &&
        (encoding_from_cp932(bytes, size, &converted) || converted.failed))
        parse_text(catalogue, converted.data, converted.failed ? CATALOGUE_BYTES_MAX + 1 : converted.size);
    else
        parse_text(catalogue, bytes, size);
    buffer_finish(&converted);
    return catalogue;
}

void catalogue_destroy(struct catalogue **catalogue)
{
    if (*catalogue == NULL)
        return;
    buffer_finish(&(*catalogue)->texts);
    free((*catalogue)->rows);
    free((*catalogue)->line_of_lot);
    free((*catalogue)->faults);
    free(*catalogue);
    *catalogue = NULL;
}

size_t catalogue_rows(const struct catalogue *catalogue)
{
    return catalogue->count;
}

static int by_line(const void *a, const void *b)
{
    const struct catalogue_fault *one = a;
    const struct catalogue_fault *other = b;
    if (one->line != other->line)
        return one->line < other->line ? -1 : 1;
    return strcmp(one->column, other->column);
}

const struct catalogue_fault *catalogue_faults(struct catalogue *catalogue, size_t *count, size_t *total)
{
    qsort(catalogue->faults, catalogue->told, sizeof *catalogue->faults, by_line);
    *count = catalogue->told;
    *total = catalogue->total;
    return catalogue->faults;
}

/* ---- into the database ---- */

/* What the sale demands of its lots. */
struct terms {
    yen step;
    char today[sizeof "2025-03-09"]; /* in Japan */
};

static enum catalogue_outcome lock_sale(struct db *db, int64_t sale_id, struct terms *terms,
                                        struct error *error)
{
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    struct db_answer answer = db_run(db, SQL_CATALOGUE_SALE, &params, error);
    params_finish(&params);
    if (answer.outcome != DB_DONE)
        return CATALOGUE_FAILED;
    enum catalogue_outcome outcome = CATALOGUE_NO_SALE;
    if (PQntuples(answer.result) > 0) {
        outcome = result_bool(answer.result, 0, "closed") ? CATALOGUE_SALE_CLOSED : CATALOGUE_IMPORTED;
        terms->step = result_int(answer.result, 0, "step");
        snprintf(terms->today, sizeof terms->today, "%s", result_text(answer.result, 0, "today"));
    }
    PQclear(answer.result);
    return outcome;
}

static void check_row(struct catalogue *catalogue, const struct row *row, const struct terms *terms)
{
    static const enum column prices[] = {START_PRICE, RESERVE};
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
        if (row->cells[prices[i]].number % terms->step != 0)
            add_fault(catalogue, row->line, prices[i], OFF_STEP, terms->step);
    /* days written alike compare as texts do */
    const union cell *day = &row->cells[FOALED_ON];
    if (day->text.size > 0 && memcmp(text_of(catalogue, day), terms->today, day->text.size) > 0)
        add_fault(catalogue, row->line, FOALED_ON, IN_FUTURE, 0);
}

static bool check_lot_numbers(struct catalogue *catalogue, struct db *db, int64_t sale_id,
                              struct error *error)
{
    struct params params;
    params_init(&params);
    params_int(&params, sale_id);
    struct db_answer answer = db_run(db, SQL_CATALOGUE_LOTS, &params, error);
    params_finish(&params);
    for (int i = 0; answer.outcome == DB_DONE && i < PQntuples(answer.result); i++) {
        int32_t line = catalogue->line_of_lot[result_int(answer.result, i, "lot_number")];
        if (line != 0)
            add_fault(catalogue, line, LOT_NUMBER, LOT_TAKEN, 0);
    }
    PQclear(answer.result);
    return answer.outcome == DB_DONE;
}

/* Where the batch that begins at `first` ends: so many rows, or so many bytes, as one statement carries. */
static size_t batch_end(const struct catalogue *catalogue, size_t first)
{
    size_t bytes = 0;
    size_t end = first;
    while (end < catalogue->count && end - first < BATCH_ROWS) {
        for (int column = NAME_JA; column < COLUMN_COUNT; column++)
            bytes += catalogue->rows[end].cells[column].text.size;
        if (bytes > BATCH_BYTES && end > first)
            break;
        end++;
    }
    return end;
}

static void add_texts(struct params *params, const struct catalogue *catalogue, enum column column,
                      size_t first, size_t end)
{
    params_array(params, ELEMENT_TEXT, end - first);
    for (size_t i = first; i < end; i++) {
        const union cell *cell = &catalogue->rows[i].cells[column];
        params_element_text(params, text_of(catalogue, cell), cell->text.size);
    }
}

static bool run(struct db *db, enum sql_query query, struct params *params, struct error *error)
{
    struct db_answer answer = db_run(db, query, params, error);
    params_finish(params);
    PQclear(answer.result);
    return answer.outcome == DB_DONE;
}

static bool add_batch(const struct catalogue *catalogue, struct db *db, int64_t sale_id, bool demo,
                      size_t first, size_t end, struct error *error)
{
    struct params params;
    params_init(&params);
    add_texts(&params, catalogue, CONSIGNOR, first, end);
    if (!run(db, SQL_CATALOGUE_PARTIES, &params, error))
        return false;

    params_int(&params, sale_id);
    params_bool(&params, demo);
    for (int column = LOT_NUMBER; column < NAME_JA; column++) {
        params_array(&params, ELEMENT_INT, end - first);
        for (size_t i = first; i < end; i++)
            params_element_int(&params, catalogue->rows[i].cells[column].number);
    }
    for (int column = NAME_JA; column < COLUMN_COUNT; column++)
        add_texts(&params, catalogue, (enum column)column, first, end);
    return run(db, SQL_CATALOGUE_ADD, &params, error);
}

enum catalogue_outcome catalogue_import(struct catalogue *catalogue, struct db *db, int64_t sale_id,
                                        bool demo, struct error *error)
{
    struct terms terms;
    enum catalogue_outcome outcome = lock_sale(db, sale_id, &terms, error);
    if (outcome != CATALOGUE_IMPORTED)
        return outcome;
    for (size_t i = 0; i < catalogue->count; i++)
        check_row(catalogue, &catalogue->rows[i], &terms);
    if (!check_lot_numbers(catalogue, db, sale_id, error))
        return CATALOGUE_FAILED;
    if (catalogue->total > 0)
        return CATALOGUE_FAULTY;
    for (size_t first = 0, end; first < catalogue->count; first = end) {
        end = batch_end(catalogue, first);
        if (!add_batch(catalogue, db, sale_id, demo, first, end, error))
            return CATALOGUE_FAILED;
    }
    return CATALOGUE_IMPORTED;
}
