#include "tests/conformance/peer.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "realtime/frame.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

/* The longest answer, ten attachments and their packet, and what else fits in one read from the socket. */
#define OUT_MAX ((size_t)16 * ECHO_MESSAGE_MAX)

enum peer_state { PEER_OPEN, PEER_CLOSING, PEER_GONE };

struct peer {
    struct peers *peers;
    const struct peer_kind *kind;
    struct lws *wsi; /* NULL once gone */
    enum peer_state state;
    bool blocked; /* lws holds bytes for it */
    bool hurried; /* CLOSING: the time for it runs */
    bool listed;
    struct peer *turn_next;
    struct buffer in;  /* pieces of a message */
    struct buffer out; /* frames that wait */
    enum peer_close code;
    const char *reason;
    int64_t pong_at_ms;
    uv_timer_t heartbeat, patience;
    int handles; /* of the loop's that are not closed yet */
    void *memory;
};

const struct peer_settings *peer_settings(const struct peer *peer)
{
    return peer->peers->settings;
}

void **peer_memory(struct peer *peer)
{
    return &peer->memory;
}

static void look_later(struct peer *peer)
{
    if (peer->listed)
        return;
    peer->listed = true;
    peer->turn_next = peer->peers->turn;
    peer->peers->turn = peer;
}

/* ---- out ---- */

/* See realtime/session.c: whole frames, declared raw; what does not fit stays with lws. */
static void write_raw(struct peer *peer, const char *run, size_t size)
{
    if (lws_write(peer->wsi, (unsigned char *)run, size, LWS_WRITE_RAW) < 0) {
        peer->blocked = true;
        server_hurry(peer->wsi);
    } else if (lws_partial_buffered(peer->wsi)) {
        peer->blocked = true;
        lws_rx_flow_control(peer->wsi, 0);
        lws_callback_on_writable(peer->wsi);
    }
}

static void flush(struct peer *peer)
{
    struct buffer out = peer->out;
    if (peer->blocked || out.size == 0)
        return;
    peer->out = (struct buffer){0};
    if (!out.failed)
        write_raw(peer, out.data, out.size);
    buffer_finish(&out);
}

void peer_send(struct peer *peer, const char *bytes, size_t size, bool text)
{
    uint8_t header[FRAME_HEADER_MAX];
    size_t header_size = frame_header(header, text ? FRAME_TEXT : FRAME_BINARY, size);
    if (peer->state == PEER_GONE)
        return;
    if (peer->out.limit == 0)
        buffer_init(&peer->out, OUT_MAX);
    buffer_append(&peer->out, header, header_size);
    buffer_append(&peer->out, bytes, size);
    if (peer->out.failed)
        peer_close(peer, PEER_TOO_BIG, "more waits than can be kept");
    flush(peer);
}

static void on_writeable(void *client)
{
    struct peer *peer = client;
    if (lws_partial_buffered(peer->wsi))
        return;
    peer->blocked = false;
    lws_rx_flow_control(peer->wsi, 1);
    flush(peer);
    look_later(peer); /* it may wait to be closed */
}

/* ---- the end ---- */

void peer_close(struct peer *peer, enum peer_close code, const char *reason)
{
    if (peer->state != PEER_OPEN)
        return;
    peer->state = PEER_CLOSING;
    peer->code = code;
    peer->reason = reason;
    look_later(peer);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;
    if (--peer->handles > 0)
        return;
    buffer_finish(&peer->in);
    buffer_finish(&peer->out);
    free(peer);
}

static void part(struct peer *peer)
{
    peer->state = PEER_GONE;
    peer->wsi = NULL;
    look_later(peer);
}

static void on_gone(void *client, int code, const char *reason)
{
    (void)code; /* the server tells the client */
    (void)reason;
    part(client);
}

static void close_socket(struct peer *peer)
{
    struct lws *wsi = peer->wsi;
    part(peer);
    server_close(wsi, peer->code, peer->reason);
}

static void end_turn_of(struct peer *peer)
{
    switch (peer->state) {
    case PEER_OPEN: return;
    case PEER_CLOSING:
        if (!peer->blocked)
            close_socket(peer);
        else if (!peer->hurried)
            server_hurry(peer->wsi);
        peer->hurried = true;
        return;
    case PEER_GONE:
        if (peer->kind->gone != NULL)
            peer->kind->gone(peer);
        uv_close((uv_handle_t *)&peer->heartbeat, on_handle_closed);
        uv_close((uv_handle_t *)&peer->patience, on_handle_closed);
        return;
    }
}

static void on_end_of_turn(uv_prepare_t *prepare)
{
    struct peers *peers = prepare->data;
    while (peers->turn != NULL) {
        struct peer *peer = peers->turn;
        peers->turn = peer->turn_next;
        peer->listed = false;
        end_turn_of(peer);
    }
}

void peers_init(struct peers *peers, uv_loop_t *loop, const struct peer_settings *settings)
{
    *peers = (struct peers){.loop = loop, .settings = settings};
    uv_prepare_init(loop, &peers->end_of_turn);
    peers->end_of_turn.data = peers;
    uv_prepare_start(&peers->end_of_turn, on_end_of_turn);
}

void peers_finish(struct peers *peers)
{
    on_end_of_turn(&peers->end_of_turn);
    uv_close((uv_handle_t *)&peers->end_of_turn, NULL);
}

/* ---- what is due ---- */

static void on_heartbeat(uv_timer_t *timer)
{
    struct peer *peer = timer->data;
    const struct peer_settings *settings = peer_settings(peer);
    int64_t silent_at_ms = peer->pong_at_ms + settings->ping_interval_ms + settings->ping_timeout_ms;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms >= silent_at_ms) {
        peer_close(peer, PEER_SILENT, "pings were not answered");
        return;
    }
    peer_send(peer, "2", 1, true);
    int64_t next_ms = now_ms + settings->ping_interval_ms;
    if (next_ms > silent_at_ms)
        next_ms = silent_at_ms;
    uv_timer_start(timer, on_heartbeat, (uint64_t)(next_ms - now_ms), 0);
}

void peer_pong(struct peer *peer)
{
    peer->pong_at_ms = clock_monotonic_ms();
}

static void on_impatient(uv_timer_t *timer)
{
    peer_close(timer->data, PEER_SILENT, "no CONNECT came in time");
}

void peer_await_connect(struct peer *peer)
{
    uv_timer_start(&peer->patience, on_impatient, (uint64_t)peer_settings(peer)->connect_timeout_ms, 0);
}

void peer_connected(struct peer *peer)
{
    uv_timer_stop(&peer->patience);
}

/* ---- the beginning, and what comes in ---- */

static void *on_opened(void *context, struct lws *wsi, const void *greeting)
{
    struct peers *peers = context;
    struct peer *peer = xcalloc(1, sizeof *peer);
    peer->peers = peers;
    peer->kind = greeting;
    peer->wsi = wsi;
    peer->handles = 2;
    uv_timer_init(peers->loop, &peer->heartbeat);
    uv_timer_init(peers->loop, &peer->patience);
    peer->heartbeat.data = peer->patience.data = peer;
    peer->pong_at_ms = clock_monotonic_ms();
    if (peer->kind->engine)
        uv_timer_start(&peer->heartbeat, on_heartbeat, (uint64_t)peers->settings->ping_interval_ms, 0);
    if (peer->kind->opened != NULL)
        peer->kind->opened(peer);
    return peer;
}

static void on_received(void *client, const char *bytes, size_t size, bool whole, bool text)
{
    struct peer *peer = client;
    if (peer->state != PEER_OPEN)
        return;
    if (peer->in.limit == 0)
        buffer_init(&peer->in, ECHO_MESSAGE_MAX);
    buffer_append(&peer->in, bytes, size);
    if (!whole)
        return;
    struct buffer message = peer->in;
    peer->in = (struct buffer){0};
    peer->kind->received(peer, message.data != NULL ? message.data : "", message.size, text);
    buffer_finish(&message);
}

static bool on_ping(void *client)
{
    (void)client;
    return true;
}

static void on_pong(void *client)
{
    (void)client; /* of WebSocket's own, which nobody asked for */
}

const struct server_hooks peer_hooks = {
    .opened = on_opened,
    .received = on_received,
    .ping = on_ping,
    .pong = on_pong,
    .writeable = on_writeable,
    .gone = on_gone,
};
