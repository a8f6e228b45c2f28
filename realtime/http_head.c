/* Strict where leniency has been used against servers: no folded lines, no bare LF, no white space before the
 * colon, no control characters. */
#include "realtime/http_head.h"

#include <string.h>
#include <strings.h>

static bool is_token_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct http_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_token_character(text.at[i]))
            return false;
    return text.size > 0;
}

/* Visible characters, bytes over 0x7f, blanks and tabs. */
static bool is_value(struct http_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static struct http_text trimmed(struct http_text text)
{
    while (text.size > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) {
        text.at++;
        text.size--;
    }
    while (text.size > 0 && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Takes what stands before `mark` off the front, and the mark with it; false when there is no mark. */
static bool take_until(struct http_text *rest, char mark, struct http_text *taken)
{
    const char *at = memchr(rest->at, mark, rest->size);
    if (at == NULL)
        return false;
    *taken = (struct http_text){rest->at, (size_t)(at - rest->at)};
    rest->at += taken->size + 1;
    rest->size -= taken->size + 1;
    return true;
}

static bool read_request_line(struct http_text line, struct http_head *out)
{
    struct http_text target;
    if (!take_until(&line, ' ', &out->method) || !is_token(out->method) || !take_until(&line, ' ', &target) ||
        target.size == 0 || target.at[0] != '/' || !is_value(target))
        return false;
    struct http_text rest = target;
    if (take_until(&rest, '?', &out->path))
        out->query = rest;
    else
        out->path = target;
    return line.size == 8 && memcmp(line.at, "HTTP/1.1", 8) == 0;
}

static bool read_header(struct http_text line, struct http_head *out)
{
    struct http_text name;
    if (out->count == HTTP_HEADERS_MAX || !take_until(&line, ':', &name) || !is_token(name) ||
        !is_value(line))
        return false;
    out->headers[out->count].name = name;
    out->headers[out->count].value = trimmed(line);
    out->count++;
    return true;
}

enum http_result http_head_read(const char *bytes, size_t size, struct http_head *out, size_t *used)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL)
        return size >= HTTP_HEAD_MAX ? HTTP_BAD : HTTP_MORE;
    *used = (size_t)(end - bytes) + 4;
    if (*used > HTTP_HEAD_MAX)
        return HTTP_BAD;

    *out = (struct http_head){0};
    const char *at = bytes;
    for (bool first = true; at < end + 2; first = false) {
        const char *line_end = memmem(at, (size_t)(end + 2 - at), "\r\n", 2);
        struct http_text line = {at, (size_t)(line_end - at)};
        if (first ? !read_request_line(line, out) : !read_header(line, out))
            return HTTP_BAD;
        at = line_end + 2;
    }
    return HTTP_HEAD;
}

bool http_text_is(struct http_text text, const char *word)
{
    return strlen(word) == text.size && strncasecmp(text.at, word, text.size) == 0;
}

bool http_head_next(const struct http_head *head, const char *name, int *cursor, struct http_text *value)
{
    while (*cursor < head->count) {
        int i = (*cursor)++;
        if (http_text_is(head->headers[i].name, name)) {
            *value = head->headers[i].value;
            return true;
        }
    }
    return false;
}

bool http_head_only(const struct http_head *head, const char *name, struct http_text *value)
{
    int cursor = 0;
    struct http_text second;
    return http_head_next(head, name, &cursor, value) && !http_head_next(head, name, &cursor, &second);
}

bool http_list_next(struct http_text *list, struct http_text *element)
{
    while (list->size > 0) {
        if (!take_until(list, ',', element)) {
            *element = *list;
            list->size = 0;
        }
        *element = trimmed(*element);
        if (element->size > 0)
            return true;
    }
    return false;
}
