/* A session's life, as a table:
 *
 *   WAITING   a client whose framing has it introduce itself has not done so; bounded in time
 *   CHECKING  the token is good, the database is being asked who its holder is now; messages wait, bounded
 *   OPEN      messages are handled
 *   CLOSING   to be closed: nothing is handled any more; what waits is still sent, then the close frame
 *   GONE      the socket is closed; freed at the end of the turn
 *
 * A plain client is introduced by its handshake and starts CHECKING, or as a visitor OPEN; others come there
 * from WAITING, and go back if they are refused. Nothing is freed but by sessions_turn, so whoever holds a
 * session within a turn may go on holding it. Of what goes out, either the socket takes it at once, or
 * private messages wait here and rooms keep a cursor: a session is `ready` when neither lws nor this module
 * holds bytes for it. */
#include "realtime/session_internal.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/bus/announce.h"
#include "realtime/access.h"
#include "realtime/clocksync.h"
#include "realtime/dispatch.h"
#include "realtime/frame.h"
#include "realtime/framing.h"
#include "realtime/idmap.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room_internal.h"
#include "realtime/tcp_progress.h"

#include <libwebsockets.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    MINUTE_MS = 60000,
    EXPIRY_WARNING_MS = 60000, /* auth:expiring before the token's end */
    STUCK_LOOK_MS = 1000,      /* how often that is looked at */
    PRIVATE_QUEUE_MAX = 65536, /* bytes waiting; one message may go over it */
    PRIVATE_MESSAGE_MAX = 1048576,
    HELD_MESSAGES = 2,     /* of the largest that may wait for the check of access */
    SHED_SCAN_MAX = 65536, /* clients looked at to find visitors */
    MISUNDERSTOOD_MAX = 10,
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
    int64_t expires_at_ms;
    struct wheel_timer expiry; /* of the token; while WAITING, of the patience with it */
    struct wheel_timer heartbeat;
    int64_t opened_at_ms, pong_at_ms;

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

/* Connections of one address, or of one neighbourhood of IPv6. Two addresses of one hash share a tally; the
 * limit is generous enough. */
struct tally {
    int count;
};

/* `final`: a client that may come back by itself is told not to. */
static const struct close {
    enum session_close code;
    enum metric_close metric;
    bool final;
} closes[] = {
    {CLOSE_LEFT,           METRIC_CLOSE_PEER,           false},
    {CLOSE_DRAINING,       METRIC_CLOSE_DRAINING,       false},
    {CLOSE_BAD_FRAME,      METRIC_CLOSE_NOT_UNDERSTOOD, false},
    {CLOSE_NOT_UTF8,       METRIC_CLOSE_NOT_UNDERSTOOD, false},
    {CLOSE_TOO_BIG,        METRIC_CLOSE_TOO_BIG,        false},
    {CLOSE_OVERLOADED,     METRIC_CLOSE_OVERLOADED,     false},
    {CLOSE_NOT_UNDERSTOOD, METRIC_CLOSE_NOT_UNDERSTOOD, true },
    {CLOSE_TOKEN,          METRIC_CLOSE_TOKEN,          true },
    {CLOSE_FORBIDDEN,      METRIC_CLOSE_FORBIDDEN,      true },
    {CLOSE_REFUSED,        METRIC_CLOSE_REFUSED,        false},
    {CLOSE_NO_HEARTBEAT,   METRIC_CLOSE_NO_HEARTBEAT,   false},
    {CLOSE_TOO_MANY,       METRIC_CLOSE_TOO_MANY,       false},
    {CLOSE_TOO_SLOW,       METRIC_CLOSE_TOO_SLOW,       false},
};

/* ---- all of them ---- */

struct sessions *sessions_create(struct node *node)
{
    struct sessions *sessions = xcalloc(1, sizeof *sessions);
    sessions->node = node;
    sessions->message_us = 1000000 / config_int(node->config, "LIMIT_MESSAGES_PER_SECOND");
    sessions->ping_ms = config_int(node->config, "HEARTBEAT_INTERVAL_MS");
    sessions->silence_ms = config_int(node->config, "HEARTBEAT_TIMEOUT_MS");
    sessions->connect_ms = config_int(node->config, "CONNECT_TIMEOUT_MS");
    sessions->message_max = config_int(node->config, "LIMIT_MESSAGE_BYTES");
    sessions->stuck_ms = config_int(node->config, "SLOW_STUCK_MS");
    sessions->slow_ms = config_int(node->config, "SLOW_WRITE_MS");
    sessions->resync_ms = MINUTE_MS / config_int(node->config, "SLOW_RESYNCS_PER_MINUTE");
    sessions->buffered_max = config_int(node->config, "LIMIT_BUFFERED_BYTES");
    buffer_init(&sessions->scratch, LWS_PRE + FRAME_HEADER_MAX + PRIVATE_MESSAGE_MAX);
    return sessions;
}

static int64_t address_key(const char *client)
{
    char address[ADDRESS_SIZE];
    address_neighbourhood(client, address);
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const char *at = address; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * UINT64_C(1099511628211);
    return (int64_t)(hash >> 1 | 1);
}

int sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

int sessions_of_address(const struct sessions *sessions, const char *address)
{
    const struct tally *tally = idmap_get(&sessions->addresses, address_key(address));
    return tally != NULL ? tally->count : 0;
}

static void tally_add(struct sessions *sessions, const char *address, int change)
{
    int64_t key = address_key(address);
    struct tally *tally = idmap_get(&sessions->addresses, key);
    if (tally == NULL) {
        tally = xcalloc(1, sizeof *tally);
        idmap_put(&sessions->addresses, key, tally);
    }
    tally->count += change;
    if (tally->count == 0) {
        idmap_remove(&sessions->addresses, key);
        free(tally);
    }
}

static void join_user(struct session *session, int64_t user_id)
{
    struct sessions *sessions = session->sessions;
    struct user *user = idmap_get(&sessions->users, user_id);
    if (user == NULL) {
        user = xcalloc(1, sizeof *user);
        user->id = user_id;
        idmap_put(&sessions->users, user_id, user);
        char channel[CHANNEL_NAME_SIZE];
        channel_of_user(user_id, channel);
        redis_subscribe(sessions->node->redis, channel);
    }
    session->user = user;
    session->user_next = user->first;
    user->first = session;
}

static void leave_user(struct session *session)
{
    struct sessions *sessions = session->sessions;
    struct user *user = session->user;
    if (user == NULL)
        return;
    session->user = NULL;
    struct session **link = &user->first;
    while (*link != session)
        link = &(*link)->user_next;
    *link = session->user_next;
    if (user->first != NULL)
        return;
    char channel[CHANNEL_NAME_SIZE];
    channel_of_user(user->id, channel);
    redis_unsubscribe(sessions->node->redis, channel);
    idmap_remove(&sessions->users, user->id);
    free(user);
}

static bool is_alive(const struct session *session)
{
    switch (session->state) {
    case SESSION_WAITING:
    case SESSION_CHECKING:
    case SESSION_OPEN: return true;
    case SESSION_CLOSING:
    case SESSION_GONE: return false;
    }
    return false;
}

struct session *sessions_find(struct sessions *sessions, uint64_t session_id)
{
    struct session *session = idmap_get(&sessions->by_id, (int64_t)session_id);
    return session != NULL && is_alive(session) ? session : NULL;
}

void sessions_each(struct sessions *sessions, void (*visit)(struct session *session, void *context),
                   void *context)
{
    for (struct session *session = sessions->all; session != NULL; session = session->all_next)
        visit(session, context);
}

void sessions_each_of_user(struct sessions *sessions, int64_t user_id,
                           void (*visit)(struct session *session, void *context), void *context)
{
    const struct user *user = idmap_get(&sessions->users, user_id);
    for (struct session *session = user != NULL ? user->first : NULL; session != NULL;
         session = session->user_next)
        visit(session, context);
}

uint64_t session_id(const struct session *session)
{
    return session->id;
}

int64_t session_user(const struct session *session)
{
    return session->user != NULL ? session->user->id : 0;
}

int64_t session_login(const struct session *session)
{
    return session->login;
}

enum role session_role(const struct session *session)
{
    return session->role;
}

bool session_is_english(const struct session *session)
{
    return session->english;
}

const char *session_address(const struct session *session)
{
    return session->address;
}

struct node *session_node(const struct session *session)
{
    return session->sessions->node;
}

const struct framing *session_framing(const struct session *session)
{
    return session->framing;
}

struct watcher **session_watchers(struct session *session)
{
    return &session->watchers;
}

struct join **session_joins(struct session *session)
{
    return &session->joins;
}

int64_t session_message_max(const struct session *session)
{
    return session->sessions->message_max;
}

/* A bucket as that of messages, a minute deep. */
bool session_may_resync(struct session *session)
{
    int64_t now_ms = node_now_ms(session->sessions->node);
    if (session->resynced_until_ms < now_ms)
        session->resynced_until_ms = now_ms;
    session->resynced_until_ms += session->sessions->resync_ms;
    return session->resynced_until_ms - now_ms <= MINUTE_MS;
}

int sessions_shed_visitors(struct sessions *sessions, int count)
{
    int shed = 0, scanned = 0;
    for (struct session *session = sessions->all; session != NULL && shed < count && scanned < SHED_SCAN_MAX;
         session = session->all_next, scanned++)
        if (session->user == NULL && is_alive(session)) {
            session_close(session, CLOSE_OVERLOADED, "this node has no room left; try again later");
            shed++;
        }
    return shed;
}

/* Puts it among those looked at at the end of the turn. */
static void look_later(struct session *session)
{
    if (session->listed)
        return;
    session->listed = true;
    session->turn_next = session->sessions->turn;
    session->sessions->turn = session;
}

/* ---- stuck clients ---- */

static void leave_stuck(struct session *session)
{
    if (session->stuck_link == NULL)
        return;
    *session->stuck_link = session->stuck_next;
    if (session->stuck_next != NULL)
        session->stuck_next->stuck_link = session->stuck_link;
    session->stuck_link = NULL;
    session->unsent = 0;
}

static void judge_stuck(struct session *session, int64_t now_ms)
{
    const struct sessions *sessions = session->sessions;
    uint64_t acknowledged = tcp_acknowledged(lws_get_socket_fd(session->wsi));
    if (acknowledged != session->acknowledged) {
        session->acknowledged = acknowledged;
        session->moved_at_ms = now_ms;
    }
    if (now_ms - session->moved_at_ms >= sessions->stuck_ms)
        session_close(session, CLOSE_TOO_SLOW, "nothing is being read");
    else if (now_ms - session->blocked_at_ms >= sessions->slow_ms)
        session_close(session, CLOSE_TOO_SLOW, "what is sent is read too slowly");
}

static size_t bytes_held(const struct session *session)
{
    return session->unsent + session->out.size;
}

/* Closes clients for whom at least so many bytes wait together, visitors before others. */
static void shed_stuck(struct sessions *sessions, int64_t bytes)
{
    for (int users = 0; users < 2; users++)
        for (struct session *session = sessions->stuck; session != NULL && bytes > 0;
             session = session->stuck_next)
            if (is_alive(session) && (session->user != NULL) == users) {
                bytes -= (int64_t)bytes_held(session);
                session_close(session, CLOSE_OVERLOADED, "too much waits for slow clients; try again later");
            }
}

static void on_look(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct sessions *sessions = node->sessions;
    int64_t now_ms = node_now_ms(node), bytes = 0, count = 0;
    for (struct session *session = sessions->stuck; session != NULL; session = session->stuck_next) {
        judge_stuck(session, now_ms);
        count += is_alive(session);
        bytes += is_alive(session) ? (int64_t)bytes_held(session) : 0;
    }
    metrics_set(METRIC_STUCK, 0, count);
    metrics_set(METRIC_BUFFERED, 0, bytes);
    shed_stuck(sessions, bytes - sessions->buffered_max);
    if (sessions->stuck != NULL)
        wheel_set(node->wheel, timer, now_ms + STUCK_LOOK_MS, on_look);
}

static void enter_stuck(struct session *session)
{
    struct sessions *sessions = session->sessions;
    if (session->stuck_link != NULL)
        return;
    session->blocked_at_ms = session->moved_at_ms = node_now_ms(sessions->node);
    session->acknowledged = tcp_acknowledged(lws_get_socket_fd(session->wsi));
    session->stuck_next = sessions->stuck;
    session->stuck_link = &sessions->stuck;
    if (sessions->stuck != NULL)
        sessions->stuck->stuck_link = &session->stuck_next;
    sessions->stuck = session;
    if (!wheel_is_set(&sessions->look))
        wheel_set(sessions->node->wheel, &sessions->look, session->moved_at_ms + STUCK_LOOK_MS, on_look);
}

/* ---- the way out ---- */

bool session_is_ready(const struct session *session)
{
    return session->state == SESSION_OPEN && !session->blocked && session->out.size == 0;
}

/* What cannot be sent at once stays with lws, which says when it is through. `run` is not written to, nor
 * what stands before it: lws puts nothing in front of what is declared raw. */
static void write_raw(struct session *session, const void *run, size_t size)
{
    if (lws_write(session->wsi, (unsigned char *)run, size, LWS_WRITE_RAW) < 0) {
        session->blocked = true; /* the socket is broken, as its next event will tell */
        server_hurry(session->wsi);
        return;
    }
    metrics_add(METRIC_OUT_BYTES, 0, (int64_t)size);
    if (lws_partial_buffered(session->wsi)) {
        session->blocked = true;
        session->unsent = size;
        lws_callback_on_writable(session->wsi);
        enter_stuck(session);
    }
}

void session_write(struct session *session, const void *run, size_t size)
{
    write_raw(session, run, size);
}

/* Sends frames now, or lets them wait behind what waits. */
static void send_run(struct session *session, const void *run, size_t size)
{
    if (session->state == SESSION_GONE)
        return;
    if (!session->blocked && session->out.size == 0) {
        write_raw(session, run, size);
        return;
    }
    if (session->out.size > PRIVATE_QUEUE_MAX) {
        session_close(session, CLOSE_TOO_SLOW, "messages for you are not read");
        return;
    }
    if (session->out.limit == 0)
        buffer_init(&session->out, PRIVATE_QUEUE_MAX + FRAME_HEADER_MAX + PRIVATE_MESSAGE_MAX);
    buffer_append(&session->out, run, size);
}

void session_send_text(struct session *session, const char *text, size_t size)
{
    struct buffer *scratch = &session->sessions->scratch;
    uint8_t header[FRAME_HEADER_MAX];
    buffer_clear(scratch);
    buffer_append(scratch, header, session->framing->write_head(header, size));
    buffer_append(scratch, text, size);
    if (scratch->failed) {
        log_error("a message is over the limit and was not sent",
                  log_number("connection", (int64_t)session->id), log_number("bytes", (int64_t)size));
        return;
    }
    metrics_add(METRIC_MESSAGES_OUT, METRIC_OUT_PRIVATE, 1);
    send_run(session, scratch->data, scratch->size);
}

/* Those who have yet to be let in hear nothing but their framing. */
static bool is_told(const struct session *session)
{
    return session->greeting == NULL;
}

static void send_message(struct session *session, const struct buffer *text)
{
    if (text->failed)
        log_error("a message is over the limit and was not sent",
                  log_number("connection", (int64_t)session->id));
    else
        session_send_text(session, text->data, text->size);
}

void session_send_event(struct session *session, const char *name, const char *data, size_t size)
{
    if (!is_told(session))
        return;
    struct buffer text; /* built beside the scratch, which session_send_text uses */
    buffer_init(&text, PRIVATE_MESSAGE_MAX);
    session->framing->write_event(&text, name, data, size);
    send_message(session, &text);
    buffer_finish(&text);
}

void session_ack(struct session *session, bool wanted, int64_t message_id, const char *data, size_t size)
{
    if (!wanted)
        return;
    struct buffer text;
    buffer_init(&text, PRIVATE_MESSAGE_MAX);
    session->framing->write_ack(&text, message_id, data, size);
    send_message(session, &text);
    buffer_finish(&text);
}

/* Everything that waits, in one write. */
static void flush(struct session *session)
{
    if (session->out.size == 0)
        return;
    struct buffer out = session->out;
    session->out = (struct buffer){0};
    write_raw(session, out.data, out.size);
    buffer_finish(&out);
}

static void on_writeable(void *client)
{
    struct session *session = client;
    if (lws_partial_buffered(session->wsi))
        return;
    session->blocked = false;
    leave_stuck(session);
    flush(session);
    if (session->state == SESSION_OPEN)
        rooms_catch_up(session);
    else if (session->state == SESSION_CLOSING)
        look_later(session);
}

/* ---- closing ---- */

static const struct close *find_close(enum session_close code)
{
    const struct close *close = closes;
    while (close->code != code)
        close++;
    return close;
}

void session_close(struct session *session, enum session_close code, const char *reason)
{
    if (!is_alive(session))
        return;
    const struct close *close = find_close(code);
    if (close->final && session->state == SESSION_OPEN && session->framing->dismissed != NULL)
        session->framing->dismissed(session);
    session->state = SESSION_CLOSING;
    session->close_code = code;
    session->close_reason = reason;
    wheel_cancel(session->sessions->node->wheel, &session->heartbeat);
    wheel_cancel(session->sessions->node->wheel, &session->expiry);
    metrics_add(METRIC_CLOSED, close->metric, 1);
    look_later(session);
}

static void part(struct session *session)
{
    if (is_alive(session))
        metrics_add(METRIC_CLOSED, METRIC_CLOSE_PEER, 1);
    session->state = SESSION_GONE;
    leave_stuck(session);
    session->wsi = NULL;
    look_later(session);
}

/* `code` 0: the client went by itself. The address is the audit's, not the log's. */
static void log_end(const struct session *session)
{
    log_info("connection closed", log_number("connection", (int64_t)session->id),
             log_number("user", session_user(session)), log_number("code", (int64_t)session->close_code),
             log_text("reason", session->close_reason != NULL ? session->close_reason : ""),
             log_number("durationMs", node_now_ms(session->sessions->node) - session->opened_at_ms));
}

static void session_free(struct session *session)
{
    struct sessions *sessions = session->sessions;
    log_end(session);
    room_leave_all(session);
    leave_user(session);
    wheel_cancel(sessions->node->wheel, &session->heartbeat);
    wheel_cancel(sessions->node->wheel, &session->expiry);
    tally_add(sessions, session->address, -1);
    idmap_remove(&sessions->by_id, (int64_t)session->id);
    *session->all_link = session->all_next;
    if (session->all_next != NULL)
        session->all_next->all_link = session->all_link;
    buffer_finish(&session->in);
    buffer_finish(&session->held);
    buffer_finish(&session->out);
    free(session->greeting);
    free(session);
    sessions->count--;
    metrics_set(METRIC_CONNECTIONS, 0, sessions->count);
}

/* From here on the socket closes by itself. */
static void close_socket(struct session *session)
{
    struct lws *wsi = session->wsi;
    part(session);
    server_close(wsi, session->close_code, session->close_reason);
}

/* What waits goes first; a client that reads nothing has not long for that. */
static void go_on_closing(struct session *session)
{
    room_leave_all(session);
    if (!session->blocked && session->out.size == 0)
        close_socket(session);
    else if (!session->hurried)
        server_hurry(session->wsi);
    session->hurried = true;
}

void sessions_turn(struct sessions *sessions)
{
    while (sessions->turn != NULL) {
        struct session *session = sessions->turn;
        sessions->turn = session->turn_next;
        session->listed = false;
        switch (session->state) {
        case SESSION_CLOSING: go_on_closing(session); break;
        case SESSION_GONE: session_free(session); break;
        case SESSION_WAITING:
        case SESSION_CHECKING:
        case SESSION_OPEN: break;
        }
    }
}

void sessions_destroy(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    for (struct session *session = (*sessions)->all; session != NULL; session = session->all_next) {
        if (session->wsi != NULL)
            server_forget(session->wsi);
    }
    while ((*sessions)->all != NULL)
        session_free((*sessions)->all);
    wheel_cancel((*sessions)->node->wheel, &(*sessions)->look);
    idmap_finish(&(*sessions)->by_id);
    idmap_finish(&(*sessions)->users);
    idmap_finish(&(*sessions)->addresses);
    buffer_finish(&(*sessions)->scratch);
    free(*sessions);
    *sessions = NULL;
}

/* ---- what is due ---- */

#define OF_TIMER(timer, member) ((struct session *)((char *)(timer)-offsetof(struct session, member)))

static void on_heartbeat(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct session *session = OF_TIMER(timer, heartbeat);
    int64_t now_ms = node_now_ms(node);
    if (session->framing->one_way)
        session->pong_at_ms = now_ms;
    int64_t silent_at_ms = session->pong_at_ms + session->sessions->silence_ms;
    if (now_ms >= silent_at_ms) {
        session_close(session, CLOSE_NO_HEARTBEAT, "pings were not answered");
        return;
    }
    if (is_told(session) || !session->framing->one_way)
        send_run(session, session->framing->ping, session->framing->ping_size);
    int64_t next_ms = now_ms + session->sessions->ping_ms;
    if (next_ms > silent_at_ms)
        next_ms = silent_at_ms;
    wheel_set(node->wheel, timer, next_ms, on_heartbeat);
}

void session_heartbeat(const struct session *session, int64_t *interval_ms, int64_t *timeout_ms)
{
    *interval_ms = session->sessions->ping_ms;
    *timeout_ms = session->sessions->silence_ms - session->sessions->ping_ms;
}

void session_pong(struct session *session)
{
    session->pong_at_ms = node_now_ms(session->sessions->node);
}

static void on_expired(struct wheel_timer *timer, void *context)
{
    (void)context;
    session_close(OF_TIMER(timer, expiry), CLOSE_TOKEN, "the token has expired");
}

static void on_expiring(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct session *session = OF_TIMER(timer, expiry);
    char memory[64];
    struct buffer data;
    buffer_init_fixed(&data, memory, sizeof memory);
    struct json json = json_start(&data);
    json_object(&json, NULL);
    json_int(&json, "expiresAtMs", session->expires_at_ms);
    json_object_end(&json);
    session_send_event(session, "auth:expiring", data.data, data.size);
    wheel_set(node->wheel, timer, session->expires_at_ms, on_expired);
}

static void arm_expiry(struct session *session)
{
    wheel_set(session->sessions->node->wheel, &session->expiry, session->expires_at_ms - EXPIRY_WARNING_MS,
              on_expiring);
}

void session_refresh(struct session *session, const struct token_claims *claims)
{
    session->login = claims->session_id;
    session->expires_at_ms = claims->expires_at * 1000;
    if (session->state == SESSION_OPEN) /* else when it is let in: it is told nothing before */
        arm_expiry(session);
}

/* ---- messages in ---- */

/* A bucket kept as the moment at which it will be full again: refilled by time, emptied by messages, two
 * seconds deep. */
static bool is_too_fast(struct session *session, int64_t now_us)
{
    int64_t full_at_us = session->full_at_us > now_us ? session->full_at_us : now_us;
    session->full_at_us = full_at_us + session->sessions->message_us;
    return session->full_at_us - now_us > 2000000;
}

/* A message that waits for the check of access, as it stands in `held`, its text behind it. */
struct held {
    struct reception reception;
    size_t size;
};

bool session_hold(struct session *session, const char *text, size_t size, const struct reception *reception)
{
    if (session->state != SESSION_CHECKING)
        return false;
    struct held held = {*reception, size};
    if (session->held.limit == 0)
        buffer_init(&session->held, HELD_MESSAGES * (size_t)session->sessions->message_max);
    buffer_append(&session->held, &held, sizeof held);
    buffer_append(&session->held, text, size);
    if (session->held.failed)
        session_close(session, CLOSE_TOO_MANY, "too many messages");
    return true;
}

static void handle_held(struct session *session)
{
    struct buffer waiting = session->held;
    session->held = (struct buffer){0};
    for (size_t at = 0; at < waiting.size && session->state == SESSION_OPEN;) {
        struct held held;
        memcpy(&held, waiting.data + at, sizeof held);
        at += sizeof held;
        session->framing->received(session, waiting.data + at, held.size, true, &held.reception);
        at += held.size;
    }
    buffer_finish(&waiting);
}

static struct reception receive_now(const struct node *node)
{
    int64_t now_us = clock_monotonic_us();
    bool trusted = clocksync_uncertainty_ms(node->clocksync, now_us) <= CLOCKSYNC_TRUSTED_MS;
    return (struct reception){.at_ms = trusted ? node_now_ms(node) : 0, .monotonic_us = now_us};
}

static void take_message(struct session *session, const char *bytes, size_t size, bool text)
{
    struct reception reception = receive_now(session->sessions->node);
    if (is_too_fast(session, reception.monotonic_us))
        session_close(session, CLOSE_TOO_MANY, "too many messages");
    else
        session->framing->received(session, bytes, size, text, &reception);
}

static void on_received(void *client, const char *bytes, size_t size, bool whole, bool text)
{
    struct session *session = client;
    if (!is_alive(session))
        return;
    if (whole && session->in.size == 0) { /* the common case: no copy */
        take_message(session, bytes, size, text);
        return;
    }
    if (session->in.limit == 0)
        buffer_init(&session->in, (size_t)session->sessions->message_max);
    buffer_append(&session->in, bytes, size);
    if (!whole)
        return;
    struct buffer message = session->in;
    session->in = (struct buffer){0};
    take_message(session, message.data, message.size, text);
    buffer_finish(&message);
}

void session_misunderstood(struct session *session)
{
    if (++session->misunderstood >= MISUNDERSTOOD_MAX)
        session_close(session, CLOSE_NOT_UNDERSTOOD, "too many messages were not understood");
}

/* ---- the beginning ---- */

/* What the answer about a client's access needs; the client may have gone by then. */
struct arrival {
    struct node *node;
    uint64_t session_id;
    int64_t login;
    enum role hint; /* the token's word, for when nobody can be asked */
};

static void on_access(bool unavailable, enum role role, void *context)
{
    struct arrival *arrival = context;
    struct session *session = sessions_find(arrival->node->sessions, arrival->session_id);
    if (session != NULL && session->login == arrival->login)
        session_set_role(session, unavailable ? arrival->hint : role);
    free(arrival);
}

static void check_access(struct session *session, const struct token_claims *claims)
{
    struct arrival *arrival = xmalloc(sizeof *arrival);
    arrival->node = session->sessions->node;
    arrival->session_id = session->id;
    arrival->login = claims->session_id;
    arrival->hint = claims->role;
    access_check(arrival->node->access, claims->user_id, claims->session_id, on_access, arrival);
}

static void on_not_introduced(struct wheel_timer *timer, void *context)
{
    (void)context;
    session_close(OF_TIMER(timer, expiry), CLOSE_NO_HEARTBEAT, "who this is was not said in time");
}

/* Waits for the introduction until the same moment, however often it is refused. */
static void wait_for_introduction(struct session *session)
{
    session->state = SESSION_WAITING;
    wheel_set(session->sessions->node->wheel, &session->expiry,
              session->opened_at_ms + session->sessions->connect_ms, on_not_introduced);
}

bool session_is_waiting(const struct session *session)
{
    return session->state == SESSION_WAITING;
}

const struct greeting *session_greeting(const struct session *session)
{
    return session->greeting;
}

void session_greeted(struct session *session)
{
    free(session->greeting);
    session->greeting = NULL;
}

static void admit(struct session *session)
{
    session->state = SESSION_OPEN;
    if (session->framing->admitted != NULL)
        session->framing->admitted(session);
    if (session->user != NULL)
        arm_expiry(session);
    handle_held(session);
}

/* Who the token names is not let in. One that can introduce itself may try again, as somebody else. */
static void refuse(struct session *session)
{
    if (session->state != SESSION_CHECKING || session->framing->refused == NULL) {
        session_close(session, CLOSE_TOKEN, "the session has ended");
        return;
    }
    leave_user(session);
    buffer_finish(&session->held);
    session->held = (struct buffer){0};
    wait_for_introduction(session);
    session->framing->refused(session);
}

void session_set_role(struct session *session, enum role role)
{
    if (session->state == SESSION_WAITING)
        return; /* an answer about whom it said to be before */
    if (role == ROLE_VISITOR) {
        refuse(session);
        return;
    }
    session->role = role;
    if (session->state == SESSION_CHECKING)
        admit(session);
}

/* A visitor is let in at once, others when the database has said who they are now. */
static void begin(struct session *session, const struct token_claims *claims)
{
    wheel_cancel(session->sessions->node->wheel, &session->expiry);
    session->role = ROLE_VISITOR;
    if (claims->user_id == 0) {
        admit(session);
        return;
    }
    session->state = SESSION_CHECKING;
    session->role = claims->role;
    join_user(session, claims->user_id);
    session_refresh(session, claims);
    check_access(session, claims);
}

bool session_introduce(struct session *session, const char *token)
{
    const struct node *node = session->sessions->node;
    struct token_claims claims = session->greeting->claims;
    bool good = !session->greeting->bad_token;
    if (token != NULL)
        good =
            token_verify(node->keys, token, strlen(token), node_now_ms(node) / 1000, &claims) == TOKEN_GOOD;
    if (good)
        begin(session, &claims);
    return good;
}

static void link_session(struct session *session)
{
    struct sessions *sessions = session->sessions;
    session->id = ++sessions->last_id;
    idmap_put(&sessions->by_id, (int64_t)session->id, session);
    session->all_next = sessions->all;
    session->all_link = &sessions->all;
    if (sessions->all != NULL)
        sessions->all->all_link = &session->all_next;
    sessions->all = session;
    sessions->count++;
}

static void *on_opened(void *context, struct lws *wsi, const void *given)
{
    struct node *node = context;
    struct sessions *sessions = node->sessions;
    const struct greeting *greeting = given;
    struct session *session = xcalloc(1, sizeof *session);
    session->sessions = sessions;
    session->wsi = wsi;
    session->framing = greeting->framing;
    session->english = greeting->english;
    memcpy(session->address, greeting->address, sizeof session->address);
    session->opened_at_ms = session->pong_at_ms = node_now_ms(node);
    link_session(session);
    tally_add(sessions, session->address, 1);
    wheel_set(node->wheel, &session->heartbeat, session->pong_at_ms + sessions->ping_ms, on_heartbeat);
    if (session->framing->opened == NULL) {
        begin(session, &greeting->claims);
    } else {
        session->greeting = xmalloc(sizeof *session->greeting);
        *session->greeting = *greeting;
        wait_for_introduction(session);
        session->framing->opened(session);
    }
    metrics_set(METRIC_CONNECTIONS, 0, sessions->count);
    metrics_add(METRIC_CONNECTIONS_OPENED, 0, 1);
    log_debug("connection opened", log_number("connection", (int64_t)session->id),
              log_number("user", session_user(session)));
    return session;
}

static void on_pong(void *client)
{
    session_pong(client);
}

static void on_gone(void *client, int code, const char *reason)
{
    struct session *session = client;
    if (code != 0 && is_alive(session)) {
        metrics_add(METRIC_CLOSED, find_close((enum session_close)code)->metric, 1);
        session->close_code = (enum session_close)code;
        session->close_reason = reason;
        session->state = SESSION_CLOSING;
    }
    part(session);
}

const struct server_hooks session_hooks = {
    .opened = on_opened,
    .received = on_received,
    .pong = on_pong,
    .writeable = on_writeable,
    .gone = on_gone,
};
