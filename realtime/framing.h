/* How messages look on the wire: the two framings of one set of events, each a table of functions. Sessions,
 * rooms and commands know events by name and data; what stands around these, what greets a client and what
 * keeps it alive is the framing's. */
#pragma once

#include "core/base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct reception;
struct session;

enum framing_kind { FRAMING_PLAIN, FRAMING_SOCKETIO };
enum { FRAMING_COUNT = 2 };

struct framing {
    enum framing_kind kind;
    const char *ping; /* a whole frame */
    size_t ping_size;

    /** Appends the message that carries an event; `data` is JSON. */
    void (*write_event)(struct buffer *out, const char *name, const char *data, size_t size);
    /** Appends the answer to the message with this id. */
    void (*write_ack)(struct buffer *out, int64_t id, const char *data, size_t size);

    /** A whole message has come; called again for one that session_hold kept. */
    void (*received)(struct session *session, const char *bytes, size_t size, bool text,
                     const struct reception *reception);

    /* For a framing whose clients introduce themselves after the handshake; else NULL. */
    void (*opened)(struct session *session);    /* connected, not introduced */
    void (*admitted)(struct session *session);  /* introduced and let in */
    void (*refused)(struct session *session);   /* is not who the token says; may introduce itself again */
    void (*dismissed)(struct session *session); /* was in, is to go, and shall not come back by itself */
};

extern const struct framing framing_plain;
extern const struct framing framing_socketio;
