/* Clients are pinged, and one from which no pong has come for too long is taken for gone. By the monotonic
 * clock: nobody is gone because the database's was set. */
#include "core/base/clock.h"
#include "realtime/framing.h"
#include "realtime/node.h"
#include "realtime/session_parts.h"

static void on_heartbeat(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct session *session = SESSION_OF_TIMER(timer, heartbeat);
    int64_t now_ms = clock_monotonic_ms();
    if (session->framing->one_way)
        session->pong_at_ms = now_ms;
    int64_t silent_at_ms = session->pong_at_ms + session->sessions->silence_ms;
    if (now_ms >= silent_at_ms) {
        session_close(session, CLOSE_NO_HEARTBEAT, "pings were not answered");
        return;
    }
    if (session_is_told(session) || !session->framing->one_way)
        session_send_run(session, session->framing->ping, session->framing->ping_size);
    int64_t next_ms = now_ms + session->sessions->ping_ms;
    if (next_ms > silent_at_ms)
        next_ms = silent_at_ms;
    wheel_set(node->wheel, timer, node_now_ms(node) + next_ms - now_ms, on_heartbeat);
}

void session_heartbeat(const struct session *session, int64_t *interval_ms, int64_t *timeout_ms)
{
    *interval_ms = session->sessions->ping_ms;
    *timeout_ms = session->sessions->silence_ms - session->sessions->ping_ms;
}

void session_pong(struct session *session)
{
    session->pong_at_ms = clock_monotonic_ms();
}

void session_start_heartbeat(struct session *session)
{
    struct node *node = session->sessions->node;
    session_pong(session);
    wheel_set(node->wheel, &session->heartbeat, node_now_ms(node) + session->sessions->ping_ms, on_heartbeat);
}
