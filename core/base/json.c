/* Only `"`, `\` and control characters are escaped, the short way where there is one, the rest in lower-case
 * hex: that is the one form RFC 8785 allows. What is not UTF-8 is replaced, because one bad byte from a
 * library's message would otherwise make a whole line or frame unreadable to its receiver. */
#include "core/base/json.h"

#include "core/base/utf8.h"

#include <string.h>

static void append_character(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
}

static void append_escape(struct buffer *buffer, uint8_t character)
{
    switch (character) {
    case '"': buffer_append_text(buffer, "\\\""); return;
    case '\\': buffer_append_text(buffer, "\\\\"); return;
    case '\b': buffer_append_text(buffer, "\\b"); return;
    case '\t': buffer_append_text(buffer, "\\t"); return;
    case '\n': buffer_append_text(buffer, "\\n"); return;
    case '\f': buffer_append_text(buffer, "\\f"); return;
    case '\r': buffer_append_text(buffer, "\\r"); return;
    default: break;
    }
    buffer_append_text(buffer, "\\u00");
    buffer_append_hex(buffer, &character, 1);
}

static void append_quoted(struct buffer *buffer, const char *text, size_t size)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const uint8_t *bytes = (const uint8_t *)text;
    append_character(buffer, '"');
    size_t written = 0; /* everything before it is in the buffer; what passes as it is goes out in runs */
    size_t at = 0;
    while (at < size) {
        bool escape = bytes[at] < 0x20 || bytes[at] == '"' || bytes[at] == '\\';
        size_t length = utf8_length(text + at, size - at);
        if (!escape && length > 0) {
            at += length;
            continue;
        }
        buffer_append(buffer, text + written, at - written);
        if (escape)
            append_escape(buffer, bytes[at]);
        else
            buffer_append_text(buffer, replacement);
        written = ++at;
    }
    buffer_append(buffer, text + written, at - written);
    append_character(buffer, '"');
}

/* The comma and the name that stand before a value. */
static void begin_value(struct json *json, const char *name)
{
    if (json->comma)
        append_character(json->buffer, ',');
    json->comma = true;
    if (name != NULL) {
        append_quoted(json->buffer, name, strlen(name));
        append_character(json->buffer, ':');
    }
}

static void open_container(struct json *json, const char *name, char bracket)
{
    begin_value(json, name);
    append_character(json->buffer, bracket);
    json->comma = false;
}

static void close_container(struct json *json, char bracket)
{
    append_character(json->buffer, bracket);
    json->comma = true;
}

struct json json_start(struct buffer *buffer)
{
    return (struct json){.buffer = buffer};
}

void json_object(struct json *json, const char *name)
{
    open_container(json, name, '{');
}

void json_object_end(struct json *json)
{
    close_container(json, '}');
}

void json_array(struct json *json, const char *name)
{
    open_container(json, name, '[');
}

void json_array_end(struct json *json)
{
    close_container(json, ']');
}

void json_int(struct json *json, const char *name, int64_t value)
{
    begin_value(json, name);
    char digits[20]; /* as many as 2⁶³ has, and the sign */
    size_t first = sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--first] = '-';
    buffer_append(json->buffer, digits + first, sizeof digits - first);
}

void json_bool(struct json *json, const char *name, bool value)
{
    begin_value(json, name);
    buffer_append_text(json->buffer, value ? "true" : "false");
}

void json_null(struct json *json, const char *name)
{
    begin_value(json, name);
    buffer_append_text(json->buffer, "null");
}

void json_text(struct json *json, const char *name, const char *text)
{
    json_text_size(json, name, text, text != NULL ? strlen(text) : 0);
}

void json_text_size(struct json *json, const char *name, const char *text, size_t size)
{
    if (text == NULL) {
        json_null(json, name);
        return;
    }
    begin_value(json, name);
    append_quoted(json->buffer, text, size);
}

void json_hex(struct json *json, const char *name, const void *bytes, size_t size)
{
    begin_value(json, name);
    append_character(json->buffer, '"');
    buffer_append_hex(json->buffer, bytes, size);
    append_character(json->buffer, '"');
}

void json_raw(struct json *json, const char *name, const char *value, size_t size)
{
    begin_value(json, name);
    buffer_append(json->buffer, value, size);
}

void json_int_or_null(struct json *json, const char *name, int64_t value, int64_t none)
{
    if (value == none)
        json_null(json, name);
    else
        json_int(json, name, value);
}
