#include "core/store/encoding.h"

#include "core/base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#define CHUNK 65536

bool encoding_is_cp932(const char *bytes, size_t size)
{
    size_t good = 0, bad = 0;
    for (size_t at = 0; at < size;) {
        size_t length = utf8_length(bytes + at, size - at);
        good += length > 1;
        bad += length == 0;
        at += length > 0 ? length : 1;
    }
    return bad > good;
}

bool encoding_from_cp932(const char *bytes, size_t size, struct buffer *out)
{
    iconv_t converter = iconv_open("UTF-8", "CP932");
    if (converter == (iconv_t)-1)
        abort();                /* it is part of the C library */
    char *from = (char *)bytes; /* iconv does not write to it, whatever its type says */
    bool good = true;
    while (size > 0 && good) {
        char chunk[CHUNK];
        char *to = chunk;
        size_t room = sizeof chunk;
        good = iconv(converter, &from, &size, &to, &room) != (size_t)-1 || errno == E2BIG;
        buffer_append(out, chunk, (size_t)(to - chunk));
    }
    iconv_close(converter);
    return good && !out->failed;
}

/* The bytes that stand for one character: all of them have a meaning, or it is one byte. */
static size_t character_size(const char *text, size_t size)
{
    size_t length = utf8_length(text, size);
    return length > 0 ? length : 1;
}

void encoding_to_cp932(const char *text, size_t size, struct buffer *out)
{
    iconv_t converter = iconv_open("CP932", "UTF-8");
    if (converter == (iconv_t)-1)
        abort();
    char *from = (char *)text;
    while (size > 0) {
        char chunk[CHUNK];
        char *to = chunk;
        size_t room = sizeof chunk;
        bool whole = iconv(converter, &from, &size, &to, &room) != (size_t)-1 || errno == E2BIG;
        buffer_append(out, chunk, (size_t)(to - chunk));
        if (whole)
            continue;
        buffer_append(out, "\x81\xac", 2);
        size_t unknown = character_size(from, size);
        from += unknown;
        size -= unknown;
    }
    iconv_close(converter);
}
