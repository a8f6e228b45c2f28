/* The listening socket, and those who have just connected and not said yet what they want. Their first
 * request is read here, bounded in bytes and time, and given to the place it asks for: one that answers it,
 * or one that takes the socket over. Only GET. With TLS its handshake comes first, under the same bounds. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "realtime/http_answer.h"
#include "realtime/http_head.h"

#include <sys/socket.h>
#include <uv.h>

struct door;     /* opaque */
struct stranger; /* opaque: one who has connected */
struct tls;
struct tls_context;

/* Bytes that may come with a head and behind it: the most that is read, and opened, at once. */
enum { DOOR_AHEAD_MAX = 40960 };

/** What a path leads to. `answer` is to call one of the stranger_… functions that end the stranger; `used` is
 * the length of the head. */
struct door_place {
    const char *path;
    void (*answer)(struct stranger *stranger, const struct http_head *head, size_t used);
    bool below; /* it is every path that begins with `path` and goes on */
};

/** Why a stranger was put out who had not been answered. */
enum door_reason {
    DOOR_TIMEOUT,
    DOOR_CROWD,
    DOOR_TLS, /* its handshake failed, or it did without */
};

struct door_options {
    uv_loop_t *loop;
    const char *host;
    int64_t port;
    const struct door_place *places; /* borrowed */
    size_t place_count;
    int64_t patience_ms;           /* for a head to come in, or an answer to go out */
    const struct tls_context *tls; /* borrowed; NULL: in clear */
    /** A stranger was put out; may be NULL. */
    void (*put_out)(enum door_reason reason, void *context);
    void *context; /* the places' and put_out's */
};

/** Listens. NULL, with `error`, when that cannot be. */
struct door *door_create(const struct door_options *options, struct error *error);

/** A turn of the loop begins: some handshakes of TLS may go on again. To be called in each. */
void door_turn(struct door *door);

/** Takes no more connections. */
void door_shut(struct door *door);

/** Lets everybody go. The loop must be run on until nothing is left on it. */
void door_destroy(struct door **door);

/* ---- the places' ---- */

void *stranger_context(const struct stranger *stranger);

/** The address of the socket's other end. */
const struct sockaddr *stranger_peer(const struct stranger *stranger);

/** Answers and ends the stranger. `header` is one more line, or NULL. */
void stranger_answer(struct stranger *stranger, int status, const char *type, const char *header,
                     const char *body, size_t size);

/** The same with a problem of RFC 9457. */
void stranger_refuse(struct stranger *stranger, const struct refusal *refusal);

/** Gives the socket away and ends the stranger; what it sent behind its head is appended to `behind`. `*tls`
 * becomes the caller's, too; NULL: in clear. */
int stranger_hand_over(struct stranger *stranger, size_t used, struct buffer *behind, struct tls **tls);
