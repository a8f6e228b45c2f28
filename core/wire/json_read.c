/* The tree is cJSON's; what it may hold is decided here by tables, so that every request is judged alike and
 * a client learns of all its slips at once. Nothing a client sends is ever put into a fault but the name of a
 * field it made up. */
#include "core/wire/json_read.h"

#include "core/base/alloc.h"
#include "core/base/utf8.h"
#include "core/wire/phrases.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- trees ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorting keeps a large object from costing the square of its size. */
static bool names_are_distinct(const cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    if (count < 2)
        return true;
    const char **names = xmalloc(count * sizeof *names);
    size_t i = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next)
        names[i++] = member->string;
    qsort(names, count, sizeof *names, compare_names);
    bool distinct = true;
    for (i = 1; i < count; i++)
        distinct &= strcmp(names[i - 1], names[i]) != 0;
    free(names);
    return distinct;
}

/* Looks into every object of a tree that is at most JSON_DEPTH_MAX deep. */
static bool all_names_are_distinct(const cJSON *root)
{
    const cJSON *path[JSON_DEPTH_MAX + 1]; /* the node looked at, its parent before it */
    int depth = 0;
    path[0] = root;
    while (depth >= 0) {
        const cJSON *node = path[depth];
        if (cJSON_IsObject(node) && !names_are_distinct(node))
            return false;
        if (node->child != NULL) {
            path[++depth] = node->child;
            continue;
        }
        while (depth >= 0 && (depth == 0 || path[depth]->next == NULL))
            depth--;
        if (depth > 0)
            path[depth] = path[depth]->next;
    }
    return true;
}

cJSON *json_parse(const char *text, size_t size, const char **reason)
{
    if (!json_check(text, size, reason))
        return NULL;
    cJSON *root = cJSON_ParseWithLength(text, size);
    if (root == NULL) {
        *reason = "the text cannot be read";
        return NULL;
    }
    if (!all_names_are_distinct(root)) {
        *reason = "an object has a name twice";
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

/* True for a number without a fraction that is kept exactly. */
static bool is_whole(const cJSON *value)
{
    double number = value->valuedouble;
    return cJSON_IsNumber(value) && number >= -(double)JSON_INT_MAX && number <= (double)JSON_INT_MAX &&
           number == (double)(int64_t)number;
}

bool json_whole(const cJSON *value, int64_t lowest, int64_t highest, int64_t *out)
{
    if (value == NULL || !is_whole(value))
        return false;
    int64_t number = (int64_t)value->valuedouble;
    if (number < lowest || number > highest)
        return false;
    *out = number;
    return true;
}

/* ---- faults ---- */

/* Copies what fits, never half a character. */
static void copy_name(char *out, size_t room, const char *name)
{
    size_t size = strlen(name);
    size_t kept = 0;
    while (kept < size) {
        size_t length = utf8_length(name + kept, size - kept);
        if (length == 0 || kept + length >= room)
            break;
        kept += length;
    }
    memcpy(out, name, kept);
    out[kept] = '\0';
}

void field_fault_list(struct field_faults *faults, const char *field, const char *format, va_list arguments)
{
    if (faults->count == FIELD_FAULTS_MAX)
        return;
    int i = faults->count++;
    va_list again;
    va_copy(again, arguments);
    copy_name(faults->list[i].field, sizeof faults->list[i].field, field);
    vsnprintf(faults->list[i].message, sizeof faults->list[i].message, format, arguments);
    vsnprintf(faults->list[i].message_ja, sizeof faults->list[i].message_ja, phrase_ja(format), again);
    va_end(again);
}

void field_fault(struct field_faults *faults, const char *field, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    field_fault_list(faults, field, format, arguments);
    va_end(arguments);
}

/* ---- fields ---- */

/* The number of characters of a text; -1 when one of them is a control character other than \n and \t. */
static int64_t count_characters(const char *text)
{
    size_t size = strlen(text);
    int64_t count = 0;
    for (size_t at = 0; at < size; count++) {
        uint8_t first = (uint8_t)text[at];
        size_t length = utf8_length(text + at, size - at);
        bool c0 = first < 0x20 && first != '\n' && first != '\t';
        bool c1 = length == 2 && first == 0xc2 && (uint8_t)text[at + 1] < 0xa0;
        if (length == 0 || c0 || c1 || first == 0x7f)
            return -1;
        at += length;
    }
    return count;
}

/* Reads `digits` decimal digits at *at and moves on; -1 when they are not there. */
static int take_number(const char **at, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool take_one_of(const char **at, const char *characters)
{
    if (**at == '\0' || strchr(characters, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01, by the count of days before the first of March (so that a leap day ends its year). */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t from_march = month > 2 ? month - 3 : month + 9;
    int64_t y = month > 2 ? year : year - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

/* A real day at *at, as days since 1970. */
static bool take_date(const char **at, int64_t *days)
{
    int year = take_number(at, 4);
    if (year < 1 || !take_one_of(at, "-"))
        return false;
    int month = take_number(at, 2);
    if (month < 1 || month > 12 || !take_one_of(at, "-"))
        return false;
    int day = take_number(at, 2);
    if (day < 1 || day > days_of_month(year, month))
        return false;
    *days = days_since_1970(year, month, day);
    return true;
}

/* A time of day at *at, in ms; what is finer than a millisecond is dropped. */
static bool take_time(const char **at, int64_t *ms)
{
    int hour = take_number(at, 2);
    if (hour < 0 || hour > 23 || !take_one_of(at, ":"))
        return false;
    int minute = take_number(at, 2);
    if (minute < 0 || minute > 59 || !take_one_of(at, ":"))
        return false;
    int second = take_number(at, 2);
    if (second < 0 || second > 59)
        return false;
    *ms = ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
    if (!take_one_of(at, "."))
        return true;
    int64_t unit = 100;
    int digit = take_number(at, 1);
    if (digit < 0)
        return false;
    for (; digit >= 0; digit = take_number(at, 1), unit /= 10)
        *ms += digit * unit;
    return true;
}

/* "Z" or an offset, in minutes east of Greenwich. */
static bool take_offset(const char **at, int *minutes)
{
    *minutes = 0;
    if (take_one_of(at, "Zz"))
        return true;
    bool west = **at == '-';
    if (!take_one_of(at, "+-"))
        return false;
    int hours = take_number(at, 2);
    if (hours < 0 || hours > 23 || !take_one_of(at, ":"))
        return false;
    int rest = take_number(at, 2);
    if (rest < 0 || rest > 59)
        return false;
    *minutes = (hours * 60 + rest) * (west ? -1 : 1);
    return true;
}

static bool is_date(const char *text)
{
    int64_t days;
    return take_date(&text, &days) && *text == '\0';
}

static bool read_instant(const char *text, int64_t *out)
{
    int64_t days, ms;
    int offset;
    if (!take_date(&text, &days) || !take_one_of(&text, "Tt") || !take_time(&text, &ms) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    *out = days * 86400000 + ms - offset * INT64_C(60000);
    return true;
}

static int find_name(const char *const *names, const char *text)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

static void read_int(const struct field *field, const cJSON *value, int64_t *out, struct field_faults *faults)
{
    if (!is_whole(value))
        field_fault(faults, field->name, "must be a whole number");
    else if (!json_whole(value, field->lowest, field->highest, out))
        field_fault(faults, field->name, "must be from %" PRId64 " to %" PRId64, field->lowest,
                    field->highest);
}

static void read_text(const struct field *field, const cJSON *value, const char **out,
                      struct field_faults *faults)
{
    int64_t count = cJSON_IsString(value) ? count_characters(value->valuestring) : 0;
    if (!cJSON_IsString(value))
        field_fault(faults, field->name, "must be a text");
    else if (count < 0)
        field_fault(faults, field->name, "must not have control characters");
    else if (count < field->lowest || count > field->highest)
        field_fault(faults, field->name, "must have %" PRId64 " to %" PRId64 " characters", field->lowest,
                    field->highest);
    else
        *out = value->valuestring;
}

static void read_enum(const struct field *field, const cJSON *value, int *out, struct field_faults *faults)
{
    int index = cJSON_IsString(value) ? find_name(field->names, value->valuestring) : -1;
    if (index < 0)
        field_fault(faults, field->name, "is not one of the allowed words");
    else
        *out = index;
}

static void read_array(const struct field *field, const cJSON *value, const cJSON **out,
                       struct field_faults *faults)
{
    int size = cJSON_GetArraySize(value);
    if (!cJSON_IsArray(value))
        field_fault(faults, field->name, "must be an array");
    else if (size < field->lowest || size > field->highest)
        field_fault(faults, field->name, "must have %" PRId64 " to %" PRId64 " elements", field->lowest,
                    field->highest);
    else
        *out = value;
}

static void read_value(const struct field *field, const cJSON *value, void *at, struct field_faults *faults)
{
    const char *text = cJSON_GetStringValue(value); /* NULL for anything but a string */
    switch (field->type) {
    case FIELD_INT: read_int(field, value, at, faults); return;
    case FIELD_TEXT: read_text(field, value, at, faults); return;
    case FIELD_ENUM: read_enum(field, value, at, faults); return;
    case FIELD_ARRAY: read_array(field, value, at, faults); return;
    case FIELD_BOOL:
        if (cJSON_IsBool(value))
            *(bool *)at = cJSON_IsTrue(value);
        else
            field_fault(faults, field->name, "must be true or false");
        return;
    case FIELD_UUID:
        if (text == NULL || !uuid_parse(text, at))
            field_fault(faults, field->name, "must be a UUID");
        return;
    case FIELD_DATE:
        if (text != NULL && is_date(text))
            *(const char **)at = text;
        else
            field_fault(faults, field->name, "must be a day such as 2025-03-09");
        return;
    case FIELD_INSTANT:
        if (text == NULL || !read_instant(text, at))
            field_fault(faults, field->name, "must be an instant such as 2025-03-09T10:00:00.000Z");
        return;
    case FIELD_OBJECT:
        if (cJSON_IsObject(value))
            *(const cJSON **)at = value;
        else
            field_fault(faults, field->name, "must be an object");
        return;
    }
}

static void read_field(const struct field *field, const cJSON *value, char *target,
                       struct field_faults *faults)
{
    if (value == NULL) {
        if (field->required)
            field_fault(faults, field->name, "is required");
        return;
    }
    if (field->present != 0)
        *(bool *)(target + field->present) = true;
    if (!cJSON_IsNull(value))
        read_value(field, value, target + field->offset, faults);
    else if (!field->nullable)
        field_fault(faults, field->name, "must not be null");
}

static bool is_known(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

bool fields_read(const cJSON *object, const struct field *fields, size_t count, void *target,
                 struct field_faults *faults)
{
    int before = faults->count;
    if (!cJSON_IsObject(object)) {
        field_fault(faults, "", "must be an object");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        read_field(&fields[i], cJSON_GetObjectItemCaseSensitive(object, fields[i].name), target, faults);
    for (const cJSON *member = object->child; member != NULL && faults->count < FIELD_FAULTS_MAX;
         member = member->next)
        if (!is_known(fields, count, member->string))
            field_fault(faults, member->string, "is not known here");
    return faults->count == before && before < FIELD_FAULTS_MAX;
}

bool fields_read_within(const cJSON *object, const char *place, const struct field *fields, size_t count,
                        void *target, struct field_faults *faults)
{
    struct field_faults found = {0};
    if (fields_read(object, fields, count, target, &found))
        return true;
    for (int i = 0; i < found.count && faults->count < FIELD_FAULTS_MAX; i++) {
        char field[2 * sizeof found.list[i].field];
        snprintf(field, sizeof field, "%.60s%s%s", place, found.list[i].field[0] != '\0' ? "." : "",
                 found.list[i].field);
        int at = faults->count++;
        faults->list[at] = found.list[i];
        copy_name(faults->list[at].field, sizeof faults->list[at].field, field);
    }
    return false;
}
