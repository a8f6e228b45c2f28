/* WebSocket frames as a server receives them, RFC 6455 to the letter: what the RFC forbids ends the
 * connection with the code it names. libwebsockets reads frames too, but takes unmasked ones, codes of close
 * frames that nobody may send, and reasons that are not UTF-8, and does not say so; so they are read here.
 * Bytes in, messages' pieces out; no I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_CONTROL_MAX 125 /* bytes a control frame carries */
#define WEBSOCKET_NO_CODE     1005

enum websocket_fault {
    WEBSOCKET_PROTOCOL_ERROR = 1002,
    WEBSOCKET_NOT_UTF8 = 1007,
    WEBSOCKET_TOO_BIG = 1009,
};

/** Where the reading of a connection stands. Starts as {.limit = …}; owns nothing. */
struct websocket {
    uint64_t limit;     /* bytes of a message, its frames together */
    uint64_t size;      /* of the message so far, the present frame included */
    uint64_t remaining; /* of the present frame's payload */
    uint8_t head[14];
    uint8_t head_size; /* bytes of it that are here */
    bool in_payload;
    uint8_t mask_at;
    uint8_t message; /* opcode of the message under way; 0: none */
    uint8_t utf8_needed, utf8_low,
        utf8_high; /* of a character that is cut: bytes to come, range of the next */
    uint8_t control_size;
    uint8_t control[WEBSOCKET_CONTROL_MAX];
};

enum websocket_result {
    WEBSOCKET_MORE,  /* everything is used; nothing came of it */
    WEBSOCKET_PIECE, /* of a message: data, size, text, whole */
    WEBSOCKET_PING,  /* data, size */
    WEBSOCKET_PONG,  /* data, size */
    WEBSOCKET_CLOSE, /* code; nothing is to be read after it */
    WEBSOCKET_FAULT, /* code, reason; nothing can be read after it */
};

struct websocket_event {
    const char *data; /* borrowed from the bytes read or from the reader */
    size_t size;
    bool text;
    bool whole;         /* the last piece of its message */
    int code;           /* WEBSOCKET_NO_CODE: the close frame had none */
    const char *reason; /* a constant */
};

/** Reads from the start of `bytes`, which are unmasked in place, up to the next event; `*used` says how many
 * were taken. To be called again with the rest until it says MORE. */
enum websocket_result websocket_read(struct websocket *reader, char *bytes, size_t size, size_t *used,
                                     struct websocket_event *out);
