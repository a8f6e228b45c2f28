/* One client's connection, from handshake to close. A session is found by its id, never kept by pointer
 * across turns: whoever answers later looks the id up and finds nothing if the client has gone. */
#pragma once

#include "core/auth/token.h"
#include "core/base/buffer.h"

#include <stdint.h>

struct session;  /* opaque */
struct sessions; /* all of the node */
struct node;

enum session_close {
    CLOSE_LEFT = 1000, /* the client said that it goes */
    CLOSE_DRAINING = 1001,
    CLOSE_BAD_FRAME = 1002,
    CLOSE_NOT_UTF8 = 1007,
    CLOSE_TOO_BIG = 1009,
    CLOSE_OVERLOADED = 1013,
    CLOSE_NOT_UNDERSTOOD = 4400,
    CLOSE_TOKEN = 4401,
    CLOSE_FORBIDDEN = 4403,
    CLOSE_REFUSED = 4404, /* a stream that was answered by a refusal: it is told no code */
    CLOSE_NO_HEARTBEAT = 4408,
    CLOSE_TOO_MANY = 4429,
    CLOSE_TOO_SLOW = 4430,
};

/** NULL when it is gone, as all are once `sessions` is NULL: what the end of the node answers. */
struct session *sessions_find(struct sessions *sessions, uint64_t session_id);
uint64_t session_id(const struct session *session);

/** 0 and ROLE_VISITOR for a visitor. The role is the database's (see access.h), not the token's. */
int64_t session_user(const struct session *session);
enum role session_role(const struct session *session);
const char *session_address(const struct session *session);

/** Sends an event to this client alone, in its framing; `data` is JSON. Whoever has yet to introduce himself
 * gets none. A client that does not read its private messages is closed with 4430. */
void session_send_event(struct session *session, const char *name, const char *data, size_t size);

/** Answers the message with this id; `data` is JSON. Nothing is sent when `wanted` is false. */
void session_ack(struct session *session, bool wanted, int64_t message_id, const char *data, size_t size);

/** Closes with code and reason at the end of the turn; safe in any callback. */
void session_close(struct session *session, enum session_close code, const char *reason);

/** Calls for every session of a user at this node. */
void sessions_each_of_user(struct sessions *sessions, int64_t user_id,
                           void (*visit)(struct session *session, void *context), void *context);
void sessions_each(struct sessions *sessions, void (*visit)(struct session *session, void *context),
                   void *context);
