#include "core/wire/websocket.h"

#include <string.h>

enum opcode {
    OPCODE_CONTINUATION = 0x0,
    OPCODE_TEXT = 0x1,
    OPCODE_BINARY = 0x2,
    OPCODE_CLOSE = 0x8,
    OPCODE_PING = 0x9,
    OPCODE_PONG = 0xa,
};

enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f, CONTROL = 0x08 };
enum { LENGTH_16 = 126, LENGTH_64 = 127 };

static enum websocket_result fail(struct websocket_event *out, enum websocket_fault code, const char *reason)
{
    *out = (struct websocket_event){.code = code, .reason = reason};
    return WEBSOCKET_FAULT;
}

/* ---- UTF-8, which may be cut anywhere ---- */

/* The first byte of a character says how many follow and, against overlong forms, surrogates and what lies
 * over U+10FFFF, from where to where the next may be. False: no character begins so. */
static bool begin_character(struct websocket *reader, uint8_t first)
{
    reader->utf8_low = 0x80;
    reader->utf8_high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        reader->utf8_needed = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
        reader->utf8_needed = 2;
        reader->utf8_low = first == 0xe0 ? 0xa0 : 0x80;
        reader->utf8_high = first == 0xed ? 0x9f : 0xbf;
    } else if (first >= 0xf0 && first <= 0xf4) {
        reader->utf8_needed = 3;
        reader->utf8_low = first == 0xf0 ? 0x90 : 0x80;
        reader->utf8_high = first == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false;
    }
    return true;
}

static bool check_utf8(struct websocket *reader, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (reader->utf8_needed == 0) {
            if (bytes[i] >= 0x80 && !begin_character(reader, bytes[i]))
                return false;
            continue;
        }
        if (bytes[i] < reader->utf8_low || bytes[i] > reader->utf8_high)
            return false;
        reader->utf8_needed--;
        reader->utf8_low = 0x80;
        reader->utf8_high = 0xbf;
    }
    return true;
}

/* ---- heads ---- */

/* The length of a head, as far as the bytes that are here tell. */
static size_t head_length(const struct websocket *reader)
{
    if (reader->head_size < 2)
        return 2;
    uint8_t length = reader->head[1] & LENGTH;
    return length == LENGTH_64 ? 14 : length == LENGTH_16 ? 8 : 6;
}

/* What is wrong with the first two bytes of a head; NULL: nothing. */
static const char *find_fault(const struct websocket *reader)
{
    uint8_t opcode = reader->head[0] & OPCODE;
    bool final = (reader->head[0] & FINAL) != 0;
    if ((reader->head[0] & RESERVED) != 0)
        return "reserved bits are set";
    if (opcode > OPCODE_PONG || (opcode > OPCODE_BINARY && opcode < OPCODE_CLOSE))
        return "the opcode is reserved";
    if ((reader->head[1] & MASKED) == 0)
        return "the frame is not masked";
    if ((opcode & CONTROL) != 0 && !final)
        return "a control frame is fragmented";
    if ((opcode & CONTROL) != 0 && (reader->head[1] & LENGTH) > WEBSOCKET_CONTROL_MAX)
        return "a control frame is too long";
    if (opcode == OPCODE_CONTINUATION && reader->message == 0)
        return "there is nothing to continue";
    if ((opcode == OPCODE_TEXT || opcode == OPCODE_BINARY) && reader->message != 0)
        return "the message before is not finished";
    return NULL;
}

static uint64_t read_length(const struct websocket *reader)
{
    uint64_t length = reader->head[1] & LENGTH;
    size_t bytes = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
    if (bytes > 0)
        length = 0;
    for (size_t i = 0; i < bytes; i++)
        length = length << 8 | reader->head[2 + i];
    return length;
}

/* The whole head is here. NULL, or what is wrong with it. */
static const char *begin_payload(struct websocket *reader, enum websocket_fault *code)
{
    uint8_t opcode = reader->head[0] & OPCODE, form = reader->head[1] & LENGTH;
    uint64_t length = read_length(reader);
    *code = WEBSOCKET_PROTOCOL_ERROR;
    if ((form == LENGTH_16 && length < LENGTH_16) || (form == LENGTH_64 && length <= UINT16_MAX) ||
        length > INT64_MAX)
        return "the length is not in its shortest form";
    reader->in_payload = true;
    reader->remaining = length;
    reader->mask_at = 0;
    reader->control_size = 0;
    if ((opcode & CONTROL) != 0)
        return NULL;
    if (opcode != OPCODE_CONTINUATION) {
        reader->message = opcode;
        reader->size = 0;
    }
    *code = WEBSOCKET_TOO_BIG;
    if (length > reader->limit || reader->size > reader->limit - length)
        return "the message is too big";
    reader->size += length;
    return NULL;
}

/* ---- payloads ---- */

static void unmask(struct websocket *reader, uint8_t *bytes, size_t size)
{
    const uint8_t *mask = reader->head + reader->head_size - 4;
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= mask[(reader->mask_at + i) & 3];
    reader->mask_at = (uint8_t)((reader->mask_at + size) & 3);
    reader->remaining -= size;
}

static void end_frame(struct websocket *reader)
{
    reader->in_payload = false;
    reader->head_size = 0;
}

static enum websocket_result take_piece(struct websocket *reader, uint8_t *bytes, size_t size,
                                        struct websocket_event *out)
{
    bool text = reader->message == OPCODE_TEXT;
    bool whole = reader->remaining == 0 && (reader->head[0] & FINAL) != 0;
    if (text && (!check_utf8(reader, bytes, size) || (whole && reader->utf8_needed > 0)))
        return fail(out, WEBSOCKET_NOT_UTF8, "the text is not UTF-8");
    *out = (struct websocket_event){.data = (char *)bytes, .size = size, .text = text, .whole = whole};
    if (whole)
        reader->message = 0;
    if (reader->remaining == 0)
        end_frame(reader);
    return size > 0 || whole ? WEBSOCKET_PIECE : WEBSOCKET_MORE;
}

/* Codes that somebody may send: those of RFC 6455 and of the registry it set up, and the ranges for
 * frameworks and applications. */
static bool is_code(int code)
{
    bool registered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    return registered || (code >= 3000 && code <= 4999);
}

static enum websocket_result take_close(const struct websocket *reader, struct websocket_event *out)
{
    struct websocket reason = {0};
    if (reader->control_size == 0) {
        *out = (struct websocket_event){.code = WEBSOCKET_NO_CODE};
        return WEBSOCKET_CLOSE;
    }
    int code = reader->control_size > 1 ? reader->control[0] << 8 | reader->control[1] : 0;
    if (!is_code(code))
        return fail(out, WEBSOCKET_PROTOCOL_ERROR, "the close frame's code is not one to be sent");
    if (!check_utf8(&reason, reader->control + 2, reader->control_size - 2U) || reason.utf8_needed > 0)
        return fail(out, WEBSOCKET_NOT_UTF8, "the close frame's reason is not UTF-8");
    *out = (struct websocket_event){.code = code};
    return WEBSOCKET_CLOSE;
}

/* A control frame is whole when it is told of. */
static enum websocket_result take_control(struct websocket *reader, const uint8_t *bytes, size_t size,
                                          struct websocket_event *out)
{
    memcpy(reader->control + reader->control_size, bytes, size);
    reader->control_size = (uint8_t)(reader->control_size + size);
    if (reader->remaining > 0)
        return WEBSOCKET_MORE;
    uint8_t opcode = reader->head[0] & OPCODE;
    end_frame(reader);
    if (opcode == OPCODE_CLOSE)
        return take_close(reader, out);
    *out = (struct websocket_event){.data = (char *)reader->control, .size = reader->control_size};
    return opcode == OPCODE_PING ? WEBSOCKET_PING : WEBSOCKET_PONG;
}

/* Takes what there is of the head. True when it is whole, or at fault. */
static bool take_head(struct websocket *reader, const char *bytes, size_t size, size_t *used,
                      enum websocket_fault *code, const char **fault)
{
    *fault = NULL;
    *code = WEBSOCKET_PROTOCOL_ERROR;
    while (reader->head_size < head_length(reader)) {
        if (*used == size)
            return false;
        reader->head[reader->head_size++] = (uint8_t)bytes[(*used)++];
        if (reader->head_size == 2 && (*fault = find_fault(reader)) != NULL)
            return true;
    }
    *fault = begin_payload(reader, code);
    return true;
}

enum websocket_result websocket_read(struct websocket *reader, char *bytes, size_t size, size_t *used,
                                     struct websocket_event *out)
{
    *used = 0;
    for (;;) {
        if (!reader->in_payload) {
            enum websocket_fault code;
            const char *fault;
            if (!take_head(reader, bytes, size, used, &code, &fault))
                return WEBSOCKET_MORE;
            if (fault != NULL)
                return fail(out, code, fault);
        } else if (*used == size) {
            return WEBSOCKET_MORE;
        }
        uint8_t *at = (uint8_t *)bytes + *used;
        size_t there = size - *used;
        size_t taken = reader->remaining < there ? (size_t)reader->remaining : there;
        unmask(reader, at, taken);
        *used += taken;
        bool control = (reader->head[0] & CONTROL) != 0;
        enum websocket_result result =
            control ? take_control(reader, at, taken, out) : take_piece(reader, at, taken, out);
        if (result != WEBSOCKET_MORE)
            return result;
    }
}
