/* Clients whose socket takes nothing while something waits for it: a list of them is looked at once a second.
 * One that reads nothing, or takes too long for one write, is closed; when too much waits for all of them
 * together, as many as are needed are. */
#include "core/base/clock.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/session_parts.h"
#include "realtime/tcp_progress.h"

#include <libwebsockets.h>

enum { STUCK_LOOK_MS = 1000 /* how often they are looked at */ };

void session_leave_stuck(struct session *session)
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
            if (session_is_alive(session) && (session->user != NULL) == users) {
                bytes -= (int64_t)bytes_held(session);
                session_close(session, CLOSE_OVERLOADED, "too much waits for slow clients; try again later");
            }
}

static void on_look(struct wheel_timer *timer, void *context)
{
    struct node *node = context;
    struct sessions *sessions = node->sessions;
    int64_t now_ms = clock_monotonic_ms(), bytes = 0, count = 0;
    for (struct session *session = sessions->stuck; session != NULL; session = session->stuck_next) {
        judge_stuck(session, now_ms);
        count += session_is_alive(session);
        bytes += session_is_alive(session) ? (int64_t)bytes_held(session) : 0;
    }
    metrics_set(METRIC_STUCK, 0, count);
    metrics_set(METRIC_BUFFERED, 0, bytes);
    shed_stuck(sessions, bytes - sessions->buffered_max);
    if (sessions->stuck != NULL)
        wheel_set(node->wheel, timer, node_now_ms(node) + STUCK_LOOK_MS, on_look);
}

void session_enter_stuck(struct session *session)
{
    struct sessions *sessions = session->sessions;
    if (session->stuck_link != NULL)
        return;
    session->blocked_at_ms = session->moved_at_ms = clock_monotonic_ms();
    session->acknowledged = tcp_acknowledged(lws_get_socket_fd(session->wsi));
    session->stuck_next = sessions->stuck;
    session->stuck_link = &sessions->stuck;
    if (sessions->stuck != NULL)
        sessions->stuck->stuck_link = &session->stuck_next;
    sessions->stuck = session;
    if (!wheel_is_set(&sessions->look))
        wheel_set(sessions->node->wheel, &sessions->look, node_now_ms(sessions->node) + STUCK_LOOK_MS,
                  on_look);
}

/* A bucket as that of messages, a minute deep. */
bool session_may_resync(struct session *session)
{
    int64_t now_ms = clock_monotonic_ms();
    if (session->resynced_until_ms < now_ms)
        session->resynced_until_ms = now_ms;
    session->resynced_until_ms += session->sessions->resync_ms;
    return session->resynced_until_ms - now_ms <= MINUTE_MS;
}
