/* Messages in: put together from their pieces, held against the allowance, kept while access is being
 * checked, and given to the framing. */
#include "core/base/clock.h"
#include "realtime/clocksync.h"
#include "realtime/dispatch.h"
#include "realtime/framing.h"
#include "realtime/node.h"
#include "realtime/session_parts.h"

#include <string.h>

enum {
    HELD_MESSAGES = 2, /* of the largest that may wait for the check of access */
    MISUNDERSTOOD_MAX = 10,
};

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

void session_handle_held(struct session *session)
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

/* True when there is room for one more in the allowance; else closed. */
static bool is_granted(struct session *session, int64_t now_us)
{
    bool granted = !is_too_fast(session, now_us);
    if (!granted)
        session_close(session, CLOSE_TOO_MANY, "too many messages");
    return granted;
}

static void take_message(struct session *session, const char *bytes, size_t size, bool text)
{
    struct reception reception = receive_now(session->sessions->node);
    if (is_granted(session, reception.monotonic_us))
        session->framing->received(session, bytes, size, text, &reception);
}

/* Each is answered by a write of its own, so it costs as much as a message. */
bool session_on_ping(void *client)
{
    struct session *session = client;
    return session_is_alive(session) && is_granted(session, clock_monotonic_us());
}

void session_on_received(void *client, const char *bytes, size_t size, bool whole, bool text)
{
    struct session *session = client;
    if (!session_is_alive(session))
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
