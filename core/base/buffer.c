/* Grows by doubling, so building costs linear time; the limit stops what a client could make grow for ever.
 */
#include "core/base/buffer.h"

#include "core/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t smallest_capacity = 64;

/* Makes room for `size` more bytes and the NUL. */
static bool reserve(struct buffer *buffer, size_t size)
{
    if (buffer->failed || size > buffer->limit - buffer->size) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->size + size + 1;
    if (needed <= buffer->capacity)
        return true;

    size_t capacity = buffer->capacity < smallest_capacity ? smallest_capacity : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    if (capacity > buffer->limit + 1)
        capacity = buffer->limit + 1;
    buffer->data = xrealloc(buffer->data, capacity);
    buffer->capacity = capacity;
    return true;
}

void buffer_init(struct buffer *buffer, size_t limit)
{
    const size_t largest = SIZE_MAX / 4; /* keeps the doubling from wrapping round */
    *buffer = (struct buffer){.limit = limit < largest ? limit : largest};
}

void buffer_init_fixed(struct buffer *buffer, char *memory, size_t size)
{
    memory[0] = '\0';
    *buffer = (struct buffer){.data = memory, .capacity = size, .limit = size - 1};
}

void buffer_finish(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    if (!reserve(buffer, size))
        return;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    if (!reserve(buffer, 0))
        return;
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);

    size_t room = buffer->capacity - buffer->size;
    int written = vsnprintf(buffer->data + buffer->size, room, format, arguments);
    if (written < 0) {
        buffer->failed = true;
    } else if ((size_t)written < room) {
        buffer->size += (size_t)written;
    } else if (reserve(buffer, (size_t)written)) {
        vsnprintf(buffer->data + buffer->size, (size_t)written + 1, format, again);
        buffer->size += (size_t)written;
    }
    buffer->data[buffer->size] = '\0';

    va_end(again);
    va_end(arguments);
}

void buffer_append_hex(struct buffer *buffer, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    if (size > SIZE_MAX / 2) {
        buffer->failed = true;
        return;
    }
    if (!reserve(buffer, 2 * size))
        return;
    const uint8_t *from = bytes;
    for (size_t i = 0; i < size; i++) {
        buffer->data[buffer->size++] = digits[from[i] >> 4];
        buffer->data[buffer->size++] = digits[from[i] & 15];
    }
    buffer->data[buffer->size] = '\0';
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    if (buffer->data == NULL)
        return;
    if (size > buffer->size)
        size = buffer->size;
    buffer->size -= size;
    memmove(buffer->data, buffer->data + size, buffer->size + 1);
}
