#include "realtime/frame.h"

enum { LENGTH_16 = 126, LENGTH_64 = 127 };

/* Writes `value` in `bytes` bytes, the most significant first. */
static void put_length(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--, value >>= 8)
        at[i - 1] = (uint8_t)value;
}

static uint64_t get_length(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

size_t frame_header(uint8_t header[FRAME_HEADER_MAX], enum frame_kind kind, size_t size)
{
    header[0] = (uint8_t)kind;
    if (size < LENGTH_16) {
        header[1] = (uint8_t)size;
        return 2;
    }
    if (size <= UINT16_MAX) {
        header[1] = LENGTH_16;
        put_length(header + 2, size, 2);
        return 4;
    }
    header[1] = LENGTH_64;
    put_length(header + 2, size, 8);
    return 10;
}

size_t frame_text_header(uint8_t *header, size_t size)
{
    return frame_header(header, FRAME_TEXT, size);
}

size_t frame_length(const uint8_t *frame, size_t size)
{
    (void)size;
    uint8_t length = frame[1];
    if (length == LENGTH_64)
        return 10 + (size_t)get_length(frame + 2, 8);
    if (length == LENGTH_16)
        return 4 + (size_t)get_length(frame + 2, 2);
    return 2 + (size_t)length;
}
