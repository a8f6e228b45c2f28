/* A session from within, for the files that are its parts and for nobody else: session.c (its life, from
 * opening to the end), session_entry.c (introducing itself and being let in), session_in.c (messages in),
 * session_out.c (the way out), session_stuck.c (clients that do not read), session_heartbeat.c, and
 * sessions.c (the registry of all). Others know what session.h and session_internal.h say. */
#pragma once

#include "core/base/buffer.h"
#include "core/domain/wheel.h"
#include "realtime/idmap.h"
#include "realtime/session_internal.h"

#include <stddef.h>

enum {
    MINUTE_MS = 60000,
    PRIVATE_MESSAGE_MAX = 1048576, /* bytes */
};

enum session_state { SESSION_WAITING, SESSION_CHECKING, SESSION_OPEN, SESSION_CLOSING, SESSION_GONE };

struct session {
    struct sessions *sessions;
    uint64_t id;
    struct lws *wsi; /* NULL once gone */
    const struct framing *framing;
    struct greeting *greeting; /* kept until it has been greeted, if it is to be; else NULL */
    enum session_state state;
    enum role role;
    bool english;
    bool hurried; /* CLOSING: the time for it runs */
    bool blocked; /* lws holds bytes for it: no write before it says so */
    uint8_t misunderstood;
    uint8_t listed; /* stands in the list of those to look at at the end of the turn */

    struct user *user; /* NULL: a visitor */
    int64_t login;
    int64_t credit_told;
    int64_t expires_at_ms;
    struct wheel_timer expiry; /* of the token; while WAITING, of the patience with it */
    struct wheel_timer heartbeat;
    int64_t opened_at_ms, pong_at_ms; /* monotonic, as all that follow */

    int64_t full_at_us; /* when its allowance of messages is whole again */

    struct buffer in;   /* pieces of a message */
    struct buffer held; /* messages that came while CHECKING */
    struct buffer out;  /* frames that wait, LWS_PRE bytes of scratch before them */

    enum session_close close_code;
    const char *close_reason;

    struct watcher *watchers;
    struct join *joins;
    struct session *user_next; /* the same user's */
    struct session *turn_next; /* to look at at the end of the turn */
    struct session *all_next, **all_link;
    struct session *stuck_next, **stuck_link; /* stuck_link NULL: not in the list */
    int64_t blocked_at_ms;                    /* blocked: since when */
    int64_t moved_at_ms;                      /* blocked: when its TCP last took something */
    size_t unsent;                            /* blocked: bytes, at most, that lws holds */
    int64_t resynced_until_ms;                /* its allowance of resyncs is whole again then */
    uint64_t acknowledged;                    /* bytes, as its TCP says */

    char address[ADDRESS_SIZE];
};

/* Somebody who is here on one or more devices. */
struct user {
    int64_t id;
    struct session *first;
};

struct sessions {
    struct node *node;
    uint64_t last_id;
    int count;
    struct idmap by_id;
    struct idmap users;     /* struct user */
    struct idmap addresses; /* struct tally, by a hash of the address */
    struct session *all;
    struct session *turn;
    struct session *stuck;
    struct wheel_timer look;
    struct buffer scratch; /* one frame on its way out, LWS_PRE bytes before it */
    int64_t message_us;    /* a message's share of a second */
    int64_t ping_ms;       /* a client is pinged so often */
    int64_t silence_ms;    /* without a pong for so long it is gone */
    int64_t connect_ms;    /* to introduce itself */
    int64_t message_max;   /* bytes */
    int64_t stuck_ms, slow_ms;
    int64_t resync_ms;    /* a resync's share of a minute */
    int64_t buffered_max; /* bytes */
};

/** The session whose timer this is. */
#define SESSION_OF_TIMER(timer, member) ((struct session *)((char *)(timer)-offsetof(struct session, member)))

/* ---- session.c ---- */

/** Neither closing nor gone. */
bool session_is_alive(const struct session *session);

/** Puts it among those looked at at the end of the turn. */
void session_look_later(struct session *session);

/** Takes it out of everything and frees it. Only at the end of a turn, or of all. */
void session_free(struct session *session);

/* ---- sessions.c ---- */

/** Numbers it and enters it; `address` is set already. */
void sessions_add(struct session *session);

/** Takes it out, as its user's too. */
void sessions_remove(struct session *session);

/** From now on it is the user's. */
void session_join_user(struct session *session, int64_t user_id);
void session_leave_user(struct session *session);

/* ---- session_entry.c ---- */

/** Lets a visitor in at once, others when the database has said who they are now. */
void session_begin(struct session *session, const struct token_claims *claims);

/** Waits for the introduction until the same moment, however often it is refused. */
void session_wait(struct session *session);

/* ---- session_in.c ---- */

/** See struct server_hooks. */
void session_on_received(void *client, const char *bytes, size_t size, bool whole, bool text);

/** See struct server_hooks. */
bool session_on_ping(void *client);

/** Handles the messages that session_hold kept. */
void session_handle_held(struct session *session);

/* ---- session_out.c ---- */

/** Sends frames now, or lets them wait behind what waits. */
void session_send_run(struct session *session, const void *run, size_t size);

/** Those who have yet to be let in hear nothing but their framing. */
bool session_is_told(const struct session *session);

/** See struct server_hooks. */
void session_on_writeable(void *client);

/* ---- session_stuck.c ---- */

/** Its socket holds bytes: from now on it is looked at, until it takes them. */
void session_enter_stuck(struct session *session);
void session_leave_stuck(struct session *session);

/* ---- session_heartbeat.c ---- */

void session_start_heartbeat(struct session *session);
