/* A byte buffer that grows up to a limit. Going over the limit sets a sticky failure: a builder appends
 * without looking and asks once at the end. The bytes are always followed by a NUL that is not counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data; /* owned; NULL until the first append */
    size_t size;
    size_t capacity;
    size_t limit; /* largest allowed size in bytes */
    bool failed;  /* something did not fit; the content is not to be used */
};

/** An empty buffer that may grow to `limit` bytes. Allocates nothing yet. */
void buffer_init(struct buffer *buffer, size_t limit);

/** An empty buffer in `memory` of the caller's, which holds up to `size` - 1 bytes (`size` > 0) and the NUL.
 * It never allocates and is not to be finished. */
void buffer_init_fixed(struct buffer *buffer, char *memory, size_t size);

/** Frees the bytes; the buffer may be initialised anew. */
void buffer_finish(struct buffer *buffer);

/** Forgets the content and the failure, keeps the memory. */
void buffer_clear(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, const char *text);
[[gnu::format(printf, 2, 3)]] void buffer_append_format(struct buffer *buffer, const char *format, ...);

/** Appends 2 × size lower-case hexadecimal digits. */
void buffer_append_hex(struct buffer *buffer, const void *bytes, size_t size);

/** Drops the first `size` bytes (at most all), moving the rest to the front. */
void buffer_consume(struct buffer *buffer, size_t size);
