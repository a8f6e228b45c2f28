/* What the parts that drive sessions know of them beyond session.h: the server brings their bytes, the rooms
 * write to them, access.h judges them, the commands count their faults. */
#pragma once

#include "core/base/address.h"
#include "realtime/commands/joins.h"
#include "realtime/door.h"
#include "realtime/server.h"
#include "realtime/session.h"

#include <stdbool.h>

struct framing;
struct join;
struct lws;
struct reception;
struct watcher;

/** What the handshake found out about a client. */
struct greeting {
    const struct framing *framing;
    bool english;               /* prefers English; else Japanese */
    bool bad_token;             /* the handshake's token is not good; plain clients do not get that far */
    struct token_claims claims; /* user_id 0: a visitor */
    struct join_wish wish;      /* of a stream, which is of one lot */
    char address[ADDRESS_SIZE];
};

struct sessions *sessions_create(struct node *node);
/** Forgets all; their sockets close with the server. */
void sessions_destroy(struct sessions **sessions);

int sessions_count(const struct sessions *sessions);
int sessions_of_address(const struct sessions *sessions, const char *address);

/** Sends up to so many visitors away with 1013, the newest first; returns how many. */
int sessions_shed_visitors(struct sessions *sessions, int count);

/** The end of a turn: closes what is to be closed, frees what is gone. */
void sessions_turn(struct sessions *sessions);

/* ---- the server's ---- */

/** Their context is the struct node, the greeting a struct greeting. When a socket is gone its session
 * follows at the end of the turn. */
extern const struct server_hooks session_hooks;

/* ---- the framings' ---- */

struct node *session_node(const struct session *session);

/** What the handshake found out; until session_greeted. */
const struct greeting *session_greeting(const struct session *session);

/** Whoever was let in has been told so: it gets events from now on. */
void session_greeted(struct session *session);

/** A sign of life in answer to a ping. */
void session_pong(struct session *session);

/** How often the client is pinged, and how long it may take to answer. */
void session_heartbeat(const struct session *session, int64_t *interval_ms, int64_t *timeout_ms);

/** The largest message that may come, in bytes, reassembled. */
int64_t session_message_max(const struct session *session);

/** Sends a whole text message. */
void session_send_text(struct session *session, const char *text, size_t size);

/** True while the client has yet to introduce itself. */
bool session_is_waiting(const struct session *session);

/** The client introduced itself, as the holder of the token (NULL: of the handshake's, or a visitor). The
 * framing's `admitted` or `refused` follows, perhaps at once. False: the token is not good. */
[[gnu::warn_unused_result]] bool session_introduce(struct session *session, const char *token);

/** While access is being checked: keeps a message, to be received again after it, and returns true. */
bool session_hold(struct session *session, const char *text, size_t size, const struct reception *reception);

/* ---- the rooms' ---- */

const struct framing *session_framing(const struct session *session);

/** True when bytes may be written at once: open, nothing waits. */
bool session_is_ready(const struct session *session);

/** Writes a run of whole frames to a session that is ready; afterwards it may not be ready any more. */
void session_write(struct session *session, const void *run, size_t size);

/** It fell off a ring. False: too often of late. */
bool session_may_resync(struct session *session);

/** The head of the list of its watchers, kept by the rooms. */
struct watcher **session_watchers(struct session *session);

/* ---- access's ---- */

int64_t session_login(const struct session *session); /* the token's `sid` */

/** The database said who this is; ROLE_VISITOR: nobody any more. The first answer lets it in, or refuses it;
 * a later one that refuses closes with 4401. */
void session_set_role(struct session *session, enum role role);
/** Of which registrations the client was last told the credit by the access poll: the sum of their versions;
 * 0: of none. */
int64_t session_credit_told(const struct session *session);
void session_set_credit_told(struct session *session, int64_t versions);

/* ---- the commands' ---- */

bool session_is_english(const struct session *session);

/** The head of the list of its joins under way, kept by auction_join. */
struct join **session_joins(struct session *session);

/** A token of the same user with another expiry. */
void session_refresh(struct session *session, const struct token_claims *claims);

/** One more message that was not understood; the tenth closes with 4400. */
void session_misunderstood(struct session *session);
