/* How a client comes in: it introduces itself or was introduced by its handshake, the database is asked who
 * that is now, and it is let in or refused; and how long its token lasts then. */
#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "realtime/access.h"
#include "realtime/framing.h"
#include "realtime/node.h"
#include "realtime/session_parts.h"

#include <stdlib.h>
#include <string.h>

enum { EXPIRY_WARNING_MS = 60000 /* auth:expiring before the token's end */ };

/* ---- the token ---- */

/* The clock may have been set since: the token is good until its moment by the clock as it is now. */
static void on_expired(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct session *session = SESSION_OF_TIMER(timer, expiry);
    if (node_now_ms(node) < session->expires_at_ms)
        wheel_set(node->wheel, timer, session->expires_at_ms, on_expired);
    else
        session_close(session, CLOSE_TOKEN, "the token has expired");
}

static void on_expiring(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct session *session = SESSION_OF_TIMER(timer, expiry);
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

/* ---- the introduction ---- */

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
    session_close(SESSION_OF_TIMER(timer, expiry), CLOSE_NO_HEARTBEAT, "who this is was not said in time");
}

void session_wait(struct session *session)
{
    struct node *node = session->sessions->node;
    int64_t left_ms = session->opened_at_ms + session->sessions->connect_ms - clock_monotonic_ms();
    session->state = SESSION_WAITING;
    wheel_set(node->wheel, &session->expiry, node_now_ms(node) + left_ms, on_not_introduced);
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
    session_handle_held(session);
}

/* Who the token names is not let in. One that can introduce itself may try again, as somebody else. */
static void refuse(struct session *session)
{
    if (session->state != SESSION_CHECKING || session->framing->refused == NULL) {
        session_close(session, CLOSE_TOKEN, "the session has ended");
        return;
    }
    session_leave_user(session);
    buffer_finish(&session->held);
    session->held = (struct buffer){0};
    session_wait(session);
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

void session_begin(struct session *session, const struct token_claims *claims)
{
    wheel_cancel(session->sessions->node->wheel, &session->expiry);
    session->role = ROLE_VISITOR;
    if (claims->user_id == 0) {
        admit(session);
        return;
    }
    session->state = SESSION_CHECKING;
    session->role = claims->role;
    session_join_user(session, claims->user_id);
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
        session_begin(session, &claims);
    return good;
}
