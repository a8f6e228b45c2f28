/* How messages look on the wire: the framings of one set of events, each a table of functions. Sessions,
 * rooms and commands know events by name and data; what stands around these, what greets a client and what
 * keeps it alive is the framing's. */
#pragma once

#include "core/base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct reception;
struct session;

enum framing_kind { FRAMING_PLAIN, FRAMING_SOCKETIO, FRAMING_SSE };
enum { FRAMING_COUNT = 3 };

struct framing {
    enum framing_kind kind;
    bool one_way;     /* its clients send nothing, not even pongs; they are pinged once they are in */
    const char *ping; /* a whole frame */
    size_t ping_size;

    /** Writes what stands before a message of this size; returns its length. */
    size_t (*write_head)(uint8_t *head, size_t size);
    /** The length, head and all, of the message at `at`, of `size` bytes of whole ones. */
    size_t (*length)(const uint8_t *at, size_t size);

    /** Appends the message that carries an event; `data` is JSON. */
    void (*write_event)(struct buffer *out, const char *name, const char *data, size_t size);
    /** Appends the answer to the message with this id. NULL where none can come. */
    void (*write_ack)(struct buffer *out, int64_t id, const char *data, size_t size);

    /** A whole message has come; called again for one that session_hold kept. NULL where none can come. */
    void (*received)(struct session *session, const char *bytes, size_t size, bool text,
                     const struct reception *reception);

    /* For a framing whose clients introduce themselves after the handshake; else NULL. */
    void (*opened)(struct session *session);    /* connected, not introduced */
    void (*admitted)(struct session *session);  /* let in; ends, now or later, with session_greeted */
    void (*refused)(struct session *session);   /* is not who the token says; may introduce itself again */
    void (*dismissed)(struct session *session); /* was in, is to go, and shall not come back by itself */
};

extern const struct framing framing_plain;
extern const struct framing framing_socketio;
extern const struct framing framing_sse;
