/* Answers come as text: their few columns are cheap to parse, and a person can read them in a debugger. */
#include "core/store/result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void slip(const char *column, const char *what)
{
    fprintf(stderr, "result: column %s %s\n", column, what);
    abort();
}

static int find_column(const PGresult *result, int row, const char *column)
{
    if (row < 0 || row >= PQntuples(result))
        slip(column, "is read from a row that is not there");
    int index = PQfnumber(result, column);
    if (index < 0)
        slip(column, "is not in the result");
    return index;
}

/* The text of a value that must not be null. */
static const char *demand(const PGresult *result, int row, const char *column)
{
    const char *text = result_text(result, row, column);
    if (text == NULL)
        slip(column, "is null");
    return text;
}

static int64_t parse_int(const char *text, const char *column)
{
    char *end;
    errno = 0;
    intmax_t number = strtoimax(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        slip(column, "is not a whole number");
    return number;
}

int64_t result_int(const PGresult *result, int row, const char *column)
{
    return parse_int(demand(result, row, column), column);
}

int64_t result_int_or(const PGresult *result, int row, const char *column, int64_t if_null)
{
    const char *text = result_text(result, row, column);
    return text != NULL ? parse_int(text, column) : if_null;
}

bool result_bool(const PGresult *result, int row, const char *column)
{
    const char *text = demand(result, row, column);
    if (strcmp(text, "t") != 0 && strcmp(text, "f") != 0)
        slip(column, "is not a boolean");
    return text[0] == 't';
}

const char *result_text(const PGresult *result, int row, const char *column)
{
    int index = find_column(result, row, column);
    return PQgetisnull(result, row, index) ? NULL : PQgetvalue(result, row, index);
}

bool result_is_null(const PGresult *result, int row, const char *column)
{
    return result_text(result, row, column) == NULL;
}

static int digit_value(char digit, const char *column)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    slip(column, "is not a bytea");
}

bool result_bytes(const PGresult *result, int row, const char *column, void *out, size_t size)
{
    const char *text = result_text(result, row, column);
    if (text == NULL)
        return false;
    if (strncmp(text, "\\x", 2) != 0 || strlen(text) != 2 + 2 * size)
        slip(column, "is not a bytea of the size asked for");
    const char *digit = text + 2;
    for (uint8_t *byte = out; size > 0; size--, byte++, digit += 2)
        *byte = (uint8_t)(digit_value(digit[0], column) << 4 | digit_value(digit[1], column));
    return true;
}

struct uuid result_uuid(const PGresult *result, int row, const char *column)
{
    struct uuid uuid;
    if (!uuid_parse(demand(result, row, column), &uuid))
        slip(column, "is not a UUID");
    return uuid;
}
