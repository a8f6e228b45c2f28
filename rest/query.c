/* application/x-www-form-urlencoded, strictly: every % must be followed by two hexadecimal digits, the result
 * must be UTF-8 without control characters. A query is bounded by the connection's memory for headers. */
#include "rest/query.h"

#include "core/base/alloc.h"
#include "core/base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define QUERY_MEMBERS_MAX 32

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool is_clean(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(text + at, size - at);
        if (length == 0 || (uint8_t)text[at] < 0x20 || text[at] == 0x7f)
            return false;
        at += length;
    }
    return true;
}

/* Decodes into memory of the caller's; NULL when it is malformed. */
static char *decode(const char *text, size_t size)
{
    char *out = xmalloc(size + 1);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                free(out);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[length++] = c;
    }
    out[length] = '\0';
    if (!is_clean(out, length)) {
        free(out);
        return NULL;
    }
    return out;
}

static const struct field *field_named(const struct schema *schema, const char *name)
{
    for (size_t i = 0; schema != NULL && i < schema->count; i++)
        if (strcmp(schema->fields[i].name, name) == 0)
            return &schema->fields[i];
    return NULL;
}

/* A canonical decimal number becomes a number; anything else stays a text, which the table will refuse. */
static cJSON *value_of(const struct field *field, const char *text)
{
    bool number = field != NULL && field->type == FIELD_INT;
    size_t digits = strspn(text, "0123456789");
    if (number && digits > 0 && digits <= 16 && text[digits] == '\0' && (text[0] != '0' || digits == 1))
        return cJSON_CreateNumber((double)strtoll(text, NULL, 10));
    if (field != NULL && field->type == FIELD_BOOL && strcmp(text, "true") == 0)
        return cJSON_CreateTrue();
    if (field != NULL && field->type == FIELD_BOOL && strcmp(text, "false") == 0)
        return cJSON_CreateFalse();
    return cJSON_CreateString(text);
}

static bool add_member(cJSON *object, const char *text, size_t size, const struct schema *schema,
                       struct field_faults *faults)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - text) : size;
    char *name = decode(text, name_size);
    char *value = equals != NULL ? decode(equals + 1, size - name_size - 1) : xstrdup("");
    bool good = name != NULL && value != NULL && cJSON_GetArraySize(object) < QUERY_MEMBERS_MAX;
    if (!good) {
        field_fault(faults, "", "the query is malformed");
    } else if (cJSON_GetObjectItemCaseSensitive(object, name) != NULL) {
        field_fault(faults, name, "must not be repeated");
        good = false;
    } else {
        cJSON_AddItemToObject(object, name, value_of(field_named(schema, name), value));
    }
    free(name);
    free(value);
    return good;
}

cJSON *query_parse(const char *text, const struct schema *schema, struct field_faults *faults)
{
    cJSON *object = cJSON_CreateObject();
    while (*text != '\0') {
        size_t size = strcspn(text, "&");
        if (size > 0 && !add_member(object, text, size, schema, faults)) {
            cJSON_Delete(object);
            return NULL;
        }
        text += size;
        text += *text == '&';
    }
    return object;
}
