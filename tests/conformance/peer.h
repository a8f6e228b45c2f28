/* One connection of the conformance server: whole messages in, whole frames out. Who reads slowly is not read
 * from until it has caught up, so what waits for it stays at one answer. */
#pragma once

#include "core/base/buffer.h"
#include "realtime/server.h"

#include <stdbool.h>
#include <stdint.h>

struct peer; /* opaque */

/** What a path speaks. */
struct peer_kind {
    const char *path;
    bool engine; /* Engine.IO: greeted, kept alive by its packets */
    /** Connected; may be NULL. */
    void (*opened)(struct peer *peer);
    void (*received)(struct peer *peer, const char *bytes, size_t size, bool text);
    /** Going; may be NULL. */
    void (*gone)(struct peer *peer);
};

struct peer_settings {
    int64_t ping_interval_ms, ping_timeout_ms;
    int64_t connect_timeout_ms;
    int64_t max_payload; /* bytes of a message of Engine.IO */
};

enum { ECHO_MESSAGE_MAX = 16777216 /* bytes of any other */ };

enum peer_close {
    PEER_NORMAL = 1000,
    PEER_TOO_BIG = 1009,
    PEER_BAD_PACKET = 4400,
    PEER_SILENT = 4408,
};

/** All peers of the process: one `struct peers` in the caller's memory. */
struct peers {
    uv_loop_t *loop;
    const struct peer_settings *settings;
    struct peer *turn; /* to be looked at at the end of the turn */
    uv_prepare_t end_of_turn;
};

void peers_init(struct peers *peers, uv_loop_t *loop, const struct peer_settings *settings);
void peers_finish(struct peers *peers);

/** The hooks' context is the struct peers, the greeting a struct peer_kind. */
extern const struct server_hooks peer_hooks;

const struct peer_settings *peer_settings(const struct peer *peer);

/** Sends one message. */
void peer_send(struct peer *peer, const char *bytes, size_t size, bool text);

/** Closes at the end of the turn; what was sent goes out first. `reason` is a constant. */
void peer_close(struct peer *peer, enum peer_close code, const char *reason);

/** Engine.IO: an answer to a ping. */
void peer_pong(struct peer *peer);

/** Socket.IO: closes the peer unless it is told otherwise in time. */
void peer_await_connect(struct peer *peer);
void peer_connected(struct peer *peer);

/** The kind's own memory; NULL at first. */
void **peer_memory(struct peer *peer);
