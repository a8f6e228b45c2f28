/* What the parts that drive sessions know of them beyond session.h: the server brings their bytes, the rooms
 * write to them, access.h judges them, the commands count their faults. */
#pragma once

#include "realtime/session.h"

#include <stdbool.h>

struct join;
struct lws;
struct watcher;

#define SESSION_MESSAGE_MAX  16384 /* bytes of one message, reassembled */
#define SESSION_ADDRESS_SIZE 46

/** What the handshake found out about a client. */
struct greeting {
    bool english;               /* prefers English; else Japanese */
    struct token_claims claims; /* user_id 0: a visitor */
    char address[SESSION_ADDRESS_SIZE];
};

struct sessions *sessions_create(struct node *node);
/** Forgets all; their sockets close with the server. */
void sessions_destroy(struct sessions **sessions);

int sessions_count(const struct sessions *sessions);
int sessions_of_address(const struct sessions *sessions, const char *address);

/** The end of a turn: closes what is to be closed, frees what is gone. */
void sessions_turn(struct sessions *sessions);

/* ---- the server's ---- */

struct session *session_opened(struct sessions *sessions, struct lws *wsi, const struct greeting *greeting);

/** A piece of a message; `whole` with the last piece. */
void session_received(struct session *session, const char *bytes, size_t size, bool whole, bool text);
void session_pong(struct session *session);

/** The socket takes bytes again. */
void session_writeable(struct session *session);

/** The socket is gone; the session follows at the end of the turn. */
void session_gone(struct session *session);

/* ---- the rooms' ---- */

/** True when bytes may be written at once: open, nothing waits. */
bool session_is_ready(const struct session *session);

/** Writes a run of whole frames to a session that is ready; afterwards it may not be ready any more. */
void session_write(struct session *session, const void *run, size_t size);

/** The head of the list of its watchers, kept by the rooms. */
struct watcher **session_watchers(struct session *session);

/* ---- access's ---- */

int64_t session_login(const struct session *session); /* the token's `sid` */

/** The database said who this is; ROLE_VISITOR closes with 4401. The first answer lets it in. */
void session_set_role(struct session *session, enum role role);

/* ---- the commands' ---- */

bool session_is_english(const struct session *session);

/** The head of the list of its joins under way, kept by auction_join. */
struct join **session_joins(struct session *session);

/** A token of the same user with another expiry. */
void session_refresh(struct session *session, const struct token_claims *claims);

/** One more message that was not understood; the tenth closes with 4400. */
void session_misunderstood(struct session *session);
