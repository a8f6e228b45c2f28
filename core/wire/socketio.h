/* Socket.IO 5 on Engine.IO 4, as both protocol documents have them for the WebSocket transport. A text
 * message of the WebSocket is one Engine.IO packet, a binary one is the raw content of a message packet; a
 * message packet is one Socket.IO packet, or one attachment of the one before. Bytes in, structs out and
 * back; no state. Strict: what an encoder of the protocol would not have written is refused. */
#pragma once

#include "core/base/buffer.h"

/* ---- Engine.IO ---- */

enum engine_type {
    ENGINE_OPEN,
    ENGINE_CLOSE,
    ENGINE_PING,
    ENGINE_PONG,
    ENGINE_MESSAGE,
    ENGINE_UPGRADE,
    ENGINE_NOOP,
};

struct engine_packet {
    enum engine_type type;
    const char *data; /* borrowed */
    size_t size;
};

/** Reads the packet in a text message as a server may hear it. False: it is none. Of the types, only a
 * message carries data, and `open` and `ping` are the server's to send, `upgrade` belongs to polling. */
[[gnu::warn_unused_result]] bool engine_read(const char *text, size_t size, struct engine_packet *out);

/** What a server says first. */
struct engine_greeting {
    const char *sid;
    int64_t ping_interval_ms, ping_timeout_ms;
    int64_t max_payload; /* bytes */
};

void engine_write_open(struct buffer *out, const struct engine_greeting *greeting);

/** Why a request to connect is refused, in the words and numbers of the reference implementation. */
enum engine_refusal {
    ENGINE_UNKNOWN_TRANSPORT,
    ENGINE_UNKNOWN_SESSION,
    ENGINE_BAD_METHOD,
    ENGINE_BAD_REQUEST,
    ENGINE_FORBIDDEN,
    ENGINE_UNSUPPORTED_VERSION,
    ENGINE_GRANTED,
};

/** Judges the query of a request ("EIO=4&transport=websocket"). WebSocket is the only transport, so no
 * session can be continued: any `sid` is unknown. */
enum engine_refusal engine_judge(const char *query, size_t size);

/** {"code":0,"message":"Transport unknown"}, a constant text. */
const char *engine_refusal_text(enum engine_refusal refusal);

/* ---- Socket.IO ---- */

enum socketio_type {
    SOCKETIO_CONNECT,
    SOCKETIO_DISCONNECT,
    SOCKETIO_EVENT,
    SOCKETIO_ACK,
    SOCKETIO_CONNECT_ERROR,
    SOCKETIO_BINARY_EVENT,
    SOCKETIO_BINARY_ACK,
};

#define SOCKETIO_ATTACHMENTS_MAX 10   /* as the reference implementation */
#define SOCKETIO_NAMESPACE_MAX   255  /* bytes */
#define SOCKETIO_NO_ID           (-1) /* ids are from 0 to 2^53 - 1 */

/** All texts are borrowed from what was read. */
struct socketio_packet {
    enum socketio_type type;
    const char *space; /* the namespace: "/", or what the packet names */
    size_t space_size;
    int64_t id;
    int attachments;     /* that follow as binary messages */
    const char *payload; /* JSON: CONNECT an object, CONNECT_ERROR an object or a text, else an array */
    size_t payload_size; /* 0: none, which only CONNECT and DISCONNECT may have */
    const char *name;    /* EVENT: the first element, JSON */
    size_t name_size;
    const char *rest; /* EVENT: the other elements, JSON with commas between */
    size_t rest_size;
};

/** Reads the packet in a message's data. False, and `*fault` a constant sentence, when it is none: unknown
 * type, a payload that the type does not have or that is no strict JSON (see json_check.h), a reserved name
 * of an event, placeholders that are not one for each attachment. */
[[gnu::warn_unused_result]] bool socketio_read(const char *text, size_t size, struct socketio_packet *out,
                                               const char **fault);

/** Appends a packet up to its payload, which the caller appends, as an Engine.IO message: "42/admin,12".
 * `attachments` counts for the binary types only. */
void socketio_write_head(struct buffer *out, enum socketio_type type, int attachments, const char *space,
                         size_t space_size, int64_t id);
