/* A state machine with a stack of one bit a level, so neither depth nor length of what a stranger sends can
 * exhaust anything. cJSON alone will not do: it takes control characters in strings, cuts strings at \u0000,
 * skips any byte below the space, and recurses. */
#include "core/wire/json_check.h"

#include "core/base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct checker {
    const char *at, *end;
    const char *reason;
    bool in_object[JSON_DEPTH_MAX]; /* else in an array */
    int depth;
};

/* What the grammar wants next. */
enum expected { VALUE, FIRST_ELEMENT, FIRST_NAME, NAME, COMMA_OR_END };

static bool fail(struct checker *checker, const char *reason)
{
    checker->reason = reason;
    return false;
}

static void skip_space(struct checker *checker)
{
    while (checker->at < checker->end && memchr(" \t\n\r", *checker->at, 4) != NULL)
        checker->at++;
}

/* Takes `character` if it is next. */
static bool take(struct checker *checker, char character)
{
    if (checker->at == checker->end || *checker->at != character)
        return false;
    checker->at++;
    return true;
}

/* ---- strings ---- */

/* The four digits of a \u escape, -1 if they are not there. */
static int take_hex4(struct checker *checker)
{
    int value = 0;
    if (checker->end - checker->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char digit = *checker->at++;
        int nibble = digit >= '0' && digit <= '9'   ? digit - '0'
                     : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                     : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                                    : -1;
        if (nibble < 0)
            return -1;
        value = value << 4 | nibble;
    }
    return value;
}

/* What follows "\u": one character, or the two halves of one beyond U+FFFF. */
static bool check_code_unit(struct checker *checker)
{
    int unit = take_hex4(checker);
    if (unit < 0)
        return fail(checker, "\\u needs four hexadecimal digits");
    if (unit == 0)
        return fail(checker, "the character NUL is not accepted");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    bool paired = unit <= 0xdbff && take(checker, '\\') && take(checker, 'u');
    int low = paired ? take_hex4(checker) : -1;
    return (low >= 0xdc00 && low <= 0xdfff) || fail(checker, "half of a surrogate pair stands alone");
}

static bool check_escape(struct checker *checker)
{
    if (checker->at == checker->end)
        return fail(checker, "a string does not end");
    char escaped = *checker->at++;
    if (escaped == 'u')
        return check_code_unit(checker);
    return memchr("\"\\/bfnrt", escaped, 8) != NULL || fail(checker, "an escape in a string is unknown");
}

/* From the opening quote to the closing one. */
static bool check_string(struct checker *checker)
{
    checker->at++;
    while (checker->at < checker->end) {
        if (take(checker, '"'))
            return true;
        if (take(checker, '\\')) {
            if (!check_escape(checker))
                return false;
            continue;
        }
        if ((uint8_t)*checker->at < 0x20)
            return fail(checker, "a control character in a string is not escaped");
        size_t length = utf8_length(checker->at, (size_t)(checker->end - checker->at));
        if (length == 0)
            return fail(checker, "the text is not UTF-8");
        checker->at += length;
    }
    return fail(checker, "a string does not end");
}

/* ---- numbers ---- */

static bool take_digits(struct checker *checker)
{
    const char *start = checker->at;
    while (checker->at < checker->end && *checker->at >= '0' && *checker->at <= '9')
        checker->at++;
    return checker->at > start;
}

/* True when the decimal number `text` is whole: its last significant digit stands left of the point. */
static bool is_whole(const char *text)
{
    int64_t zeros = 0; /* at the end of the digits */
    int64_t decimals = 0;
    bool after_point = false, significant = false;
    for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.')
            after_point = true;
        if (*text < '0' || *text > '9')
            continue;
        decimals += after_point;
        zeros = *text == '0' ? zeros + 1 : 0;
        significant |= *text != '0';
    }
    int64_t exponent = *text != '\0' ? strtoll(text + 1, NULL, 10) : 0;
    return !significant || exponent >= decimals - zeros;
}

/* A fraction too fine for a double would pass for a whole number further on. */
static bool check_value(struct checker *checker, const char *start)
{
    char text[JSON_NUMBER_SIZE_MAX + 1];
    size_t size = (size_t)(checker->at - start);
    if (size > JSON_NUMBER_SIZE_MAX)
        return fail(checker, "a number is too long");
    memcpy(text, start, size);
    text[size] = '\0';
    double value = strtod(text, NULL);
    if (!isfinite(value))
        return fail(checker, "a number is out of range");
    bool looks_whole = fabs(value) >= 0x1p53 || value == (double)(int64_t)value;
    return !looks_whole || is_whole(text) || fail(checker, "a number has too many decimals");
}

static bool check_number(struct checker *checker)
{
    static const char bad[] = "a number is malformed";
    const char *start = checker->at;
    take(checker, '-');
    if (!take(checker, '0') && !take_digits(checker))
        return fail(checker, bad);
    if (take(checker, '.') && !take_digits(checker))
        return fail(checker, bad);
    if (take(checker, 'e') || take(checker, 'E')) {
        if (!take(checker, '+'))
            take(checker, '-');
        if (!take_digits(checker))
            return fail(checker, bad);
    }
    return check_value(checker, start);
}

/* ---- values ---- */

static bool check_literal(struct checker *checker, const char *literal)
{
    size_t size = strlen(literal);
    if ((size_t)(checker->end - checker->at) < size || memcmp(checker->at, literal, size) != 0)
        return fail(checker, "a value is malformed");
    checker->at += size;
    return true;
}

static bool open_container(struct checker *checker, bool object)
{
    if (checker->depth == JSON_DEPTH_MAX)
        return fail(checker, "the nesting is too deep");
    checker->in_object[checker->depth++] = object;
    checker->at++;
    return true;
}

/* A value that is no container, or the opening of one. */
static bool check_value_start(struct checker *checker, enum expected *expected)
{
    *expected = COMMA_OR_END;
    switch (*checker->at) {
    case '{': *expected = FIRST_NAME; return open_container(checker, true);
    case '[': *expected = FIRST_ELEMENT; return open_container(checker, false);
    case '"': return check_string(checker);
    case 't': return check_literal(checker, "true");
    case 'f': return check_literal(checker, "false");
    case 'n': return check_literal(checker, "null");
    default: return check_number(checker);
    }
}

static bool check_name(struct checker *checker)
{
    if (*checker->at != '"')
        return fail(checker, "an object's member needs a name in quotes");
    if (!check_string(checker))
        return false;
    skip_space(checker);
    return take(checker, ':') || fail(checker, "a colon is missing after a name");
}

static bool check_separator(struct checker *checker, enum expected *expected)
{
    bool object = checker->in_object[checker->depth - 1];
    if (take(checker, ',')) {
        *expected = object ? NAME : VALUE;
        return true;
    }
    if (!take(checker, object ? '}' : ']'))
        return fail(checker, "a comma or a closing bracket is missing");
    checker->depth--;
    return true;
}

/* One step of the grammar; there is a character to look at. */
static bool check_step(struct checker *checker, enum expected *expected)
{
    switch (*expected) {
    case FIRST_ELEMENT:
        if (*checker->at == ']') {
            *expected = COMMA_OR_END;
            return true;
        }
        return check_value_start(checker, expected);
    case VALUE: return check_value_start(checker, expected);
    case FIRST_NAME:
        if (*checker->at == '}') {
            *expected = COMMA_OR_END;
            return true;
        }
        *expected = VALUE;
        return check_name(checker);
    case NAME: *expected = VALUE; return check_name(checker);
    case COMMA_OR_END: return check_separator(checker, expected);
    }
    return false;
}

bool json_check(const char *text, size_t size, const char **reason)
{
    struct checker checker = {.at = text, .end = text + size};
    enum expected expected = VALUE;
    bool good = true;
    skip_space(&checker);
    while (good && (expected != COMMA_OR_END || checker.depth > 0)) {
        good = checker.at < checker.end ? check_step(&checker, &expected)
                                        : fail(&checker, "the text ends too early");
        skip_space(&checker);
    }
    if (good && checker.at < checker.end)
        good = fail(&checker, "something follows the value");
    *reason = checker.reason;
    return good;
}
