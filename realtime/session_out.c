/* The way out. Either the socket takes bytes at once, or private messages wait here and rooms keep a cursor:
 * a session is `ready` when neither lws nor this file holds bytes for it. */
#include "core/base/log.h"
#include "realtime/frame.h"
#include "realtime/framing.h"
#include "realtime/metric.h"
#include "realtime/room_internal.h"
#include "realtime/session_parts.h"

#include <libwebsockets.h>

enum { PRIVATE_QUEUE_MAX = 65536 /* bytes waiting; one message may go over it */ };

bool session_is_ready(const struct session *session)
{
    return session->state == SESSION_OPEN && !session->blocked && session->out.size == 0;
}

/* What cannot be sent at once stays with lws, which says when it is through. */
void session_write(struct session *session, const void *run, size_t size)
{
    if (server_write(session->wsi, run, size) < 0) {
        session->blocked = true; /* the socket is broken, as its next event will tell */
        server_hurry(session->wsi);
        return;
    }
    metrics_add(METRIC_OUT_BYTES, 0, (int64_t)size);
    if (lws_partial_buffered(session->wsi)) {
        session->blocked = true;
        session->unsent = size;
        lws_callback_on_writable(session->wsi);
        session_enter_stuck(session);
    }
}

void session_send_run(struct session *session, const void *run, size_t size)
{
    if (session->state == SESSION_GONE)
        return;
    if (!session->blocked && session->out.size == 0) {
        session_write(session, run, size);
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
    session_send_run(session, scratch->data, scratch->size);
}

bool session_is_told(const struct session *session)
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
    if (!session_is_told(session))
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
    session_write(session, out.data, out.size);
    buffer_finish(&out);
}

void session_on_writeable(void *client)
{
    struct session *session = client;
    if (lws_partial_buffered(session->wsi))
        return;
    session->blocked = false;
    session_leave_stuck(session);
    flush(session);
    if (session->state == SESSION_OPEN)
        rooms_catch_up(session);
    else if (session->state == SESSION_CLOSING)
        session_look_later(session);
}
