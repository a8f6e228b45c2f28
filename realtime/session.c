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
 * session within a turn may go on holding it. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/framing.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/room_internal.h"
#include "realtime/session_parts.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- what it is ---- */

bool session_is_alive(const struct session *session)
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

int64_t session_credit_told(const struct session *session)
{
    return session->credit_told;
}

void session_set_credit_told(struct session *session, int64_t versions)
{
    session->credit_told = versions;
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

/* ---- closing ---- */

void session_look_later(struct session *session)
{
    if (session->listed)
        return;
    session->listed = true;
    session->turn_next = session->sessions->turn;
    session->sessions->turn = session;
}

static const struct close *find_close(enum session_close code)
{
    const struct close *close = closes;
    while (close->code != code)
        close++;
    return close;
}

void session_close(struct session *session, enum session_close code, const char *reason)
{
    if (!session_is_alive(session))
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
    session_look_later(session);
}

static void part(struct session *session)
{
    if (session_is_alive(session))
        metrics_add(METRIC_CLOSED, METRIC_CLOSE_PEER, 1);
    session->state = SESSION_GONE;
    session_leave_stuck(session);
    session->wsi = NULL;
    session_look_later(session);
}

/* `code` 0: the client went by itself. The address is the audit's, not the log's. */
static void log_end(const struct session *session)
{
    log_info("connection closed", log_number("connection", (int64_t)session->id),
             log_number("user", session_user(session)), log_number("code", (int64_t)session->close_code),
             log_text("reason", session->close_reason != NULL ? session->close_reason : ""),
             log_number("durationMs", clock_monotonic_ms() - session->opened_at_ms));
}

void session_free(struct session *session)
{
    struct sessions *sessions = session->sessions;
    log_end(session);
    room_leave_all(session);
    sessions_remove(session);
    wheel_cancel(sessions->node->wheel, &session->heartbeat);
    wheel_cancel(sessions->node->wheel, &session->expiry);
    buffer_finish(&session->in);
    buffer_finish(&session->held);
    buffer_finish(&session->out);
    free(session->greeting);
    free(session);
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

/* ---- the beginning, and what the server brings ---- */

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
    session->opened_at_ms = clock_monotonic_ms();
    sessions_add(session);
    session_start_heartbeat(session);
    if (session->framing->opened == NULL) {
        session_begin(session, &greeting->claims);
    } else {
        session->greeting = xmalloc(sizeof *session->greeting);
        *session->greeting = *greeting;
        session_wait(session);
        session->framing->opened(session);
    }
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
    if (code != 0 && session_is_alive(session)) {
        metrics_add(METRIC_CLOSED, find_close((enum session_close)code)->metric, 1);
        session->close_code = (enum session_close)code;
        session->close_reason = reason;
        session->state = SESSION_CLOSING;
    }
    part(session);
}

const struct server_hooks session_hooks = {
    .opened = on_opened,
    .received = session_on_received,
    .ping = session_on_ping,
    .pong = on_pong,
    .writeable = session_on_writeable,
    .gone = on_gone,
};
