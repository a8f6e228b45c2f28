/* The head of an HTTP/1.1 request, as far as this program needs it: which method and path, and headers by
 * name. libwebsockets reads heads too, but hangs on some, cannot read a list of subprotocols over 128 bytes
 * (a token is longer), and decides about them before we can; so heads are read here, and it is handed a clean
 * one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX    8192 /* bytes */
#define HTTP_HEADERS_MAX 64

struct http_text {
    const char *at; /* borrowed from the bytes read; not NUL-terminated */
    size_t size;
};

struct http_head {
    struct http_text method;
    struct http_text path, query; /* the query: what follows the first "?" */
    int count;
    struct {
        struct http_text name, value;
    } headers[HTTP_HEADERS_MAX];
};

enum http_result { HTTP_MORE, HTTP_HEAD, HTTP_BAD };

/** Reads a head from the start of `bytes`. HTTP_HEAD: `*used` is its length, the empty line included. */
enum http_result http_head_read(const char *bytes, size_t size, struct http_head *out, size_t *used);

/** The next header of that name (any case) from `*cursor`, which starts at 0; false when there is none. */
bool http_head_next(const struct http_head *head, const char *name, int *cursor, struct http_text *value);

/** The only header of that name; false when there is none or more than one. */
bool http_head_only(const struct http_head *head, const char *name, struct http_text *value);

/** Takes the next element of a comma-separated value off its front, white space removed; false at the end. */
bool http_list_next(struct http_text *list, struct http_text *element);

/** True when they are equal, without regard to the case of ASCII letters. */
bool http_text_is(struct http_text text, const char *word);
