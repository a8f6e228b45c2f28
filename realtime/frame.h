/* WebSocket frames as this server sends them: unmasked and whole, so that the same bytes serve every client
 * and any number of frames make one write. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_MAX 10

enum frame_kind {
    FRAME_TEXT = 0x81,
    FRAME_BINARY = 0x82,
    FRAME_CLOSE = 0x88,
    FRAME_PONG = 0x8a
}; /* whole messages: the first byte on the wire */

/** Writes the header of a frame of `size` bytes; returns its length. */
size_t frame_header(uint8_t header[FRAME_HEADER_MAX], enum frame_kind kind, size_t size);

/** The same for a text message, as the framings have it. */
size_t frame_text_header(uint8_t *header, size_t size);

/** The whole length of the frame that starts at `frame`; `size` bytes of whole frames are there. */
size_t frame_length(const uint8_t *frame, size_t size);

/** A ping. */
#define FRAME_PING      "\x89\x00"
#define FRAME_PING_SIZE 2
