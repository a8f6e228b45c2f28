#include "realtime/server.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/wire/websocket.h"
#include "realtime/frame.h"
#include "realtime/tls.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    WRITE_BYTES = 2097152, /* libwebsockets cuts what is longer; nothing is */
    SERVICE_BYTES = 65536, /* read from a socket at once; one buffer for all */
    CLOSE_MS = 5000,       /* for what waits to go out and the client's end of the connection to come */
    LOOK_MS = 500,         /* how often that is looked at */
    CLEAR_BYTES =
        SERVICE_BYTES + 2 * TLS_RECORD_MAX, /* opened at once: what came now and had come by halves */
    SEALED_BYTES = 2 * WRITE_BYTES,         /* no write is ever so long, sealed */
    UNASKED_MAX = 4096,                     /* bytes of TLS itself that may wait for a socket */
};

struct server {
    const struct server_hooks *hooks;
    void *context_of_hooks;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct socket *hurried, **hurried_end; /* whose time runs, in the order in which it is over */
    uv_timer_t look;
    struct buffer clear, sealed; /* what comes and goes by TLS, one socket's at a time */
    bool ended;                  /* libwebsockets has come to the end of its destruction */
};

/* A socket's life:
 *
 *   OPEN       frames are read
 *   ANSWERING  the client's close frame came, or a fault; what waits for it goes out, then our close frame
 *   CLOSING    our close frame is out; the client's is awaited, for which frames are still read
 *   ENDING     both have been exchanged; the end of the client's bytes is awaited */
enum socket_state { SOCKET_OPEN, SOCKET_ANSWERING, SOCKET_CLOSING, SOCKET_ENDING };

struct socket {
    struct server *server;
    struct lws *wsi;
    void *client; /* NULL: nobody's any more */
    bool stream;  /* no WebSocket: nothing is read */
    enum socket_state state;
    int code; /* ANSWERING: to be sent; with a reason if it is a fault's, else the client's own */
    const char *reason;
    bool pong_waits;
    struct tls *tls;    /* owned; NULL: in clear */
    size_t tls_unasked; /* bytes that it had us send since the socket last took all */
    struct socket *hurried_next, **hurried_link; /* link NULL: has all the time there is */
    int64_t due_ms;
    struct websocket reader;
};

static struct socket *socket_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

/* The socket is no one's any more and closes by itself. */
static void part(struct socket *socket, int code, const char *reason)
{
    void *client = socket->client;
    socket->client = NULL;
    if (client != NULL)
        socket->server->hooks->gone(client, code, reason);
}

/* ---- sockets whose time runs ----
 *
 * Ours, for libwebsockets looks at its own time-outs only when something happens on a socket. */

static void hurried_remove(struct socket *socket)
{
    struct server *server = socket->server;
    if (socket->hurried_link == NULL)
        return;
    *socket->hurried_link = socket->hurried_next;
    if (socket->hurried_next != NULL)
        socket->hurried_next->hurried_link = socket->hurried_link;
    else
        server->hurried_end = socket->hurried_link;
    socket->hurried_link = NULL;
}

static void on_look(uv_timer_t *timer)
{
    struct server *server = timer->data;
    int64_t now_ms = clock_monotonic_ms();
    while (server->hurried != NULL && server->hurried->due_ms <= now_ms) {
        struct lws *wsi = server->hurried->wsi;
        hurried_remove(server->hurried);
        lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
    }
    if (server->hurried == NULL)
        uv_timer_stop(timer);
}

static void hurry(struct socket *socket)
{
    struct server *server = socket->server;
    if (socket->hurried_link != NULL)
        return;
    if (server->hurried == NULL)
        uv_timer_start(&server->look, on_look, LOOK_MS, LOOK_MS);
    socket->due_ms = clock_monotonic_ms() + CLOSE_MS;
    socket->hurried_next = NULL;
    socket->hurried_link = server->hurried_end;
    *server->hurried_end = socket;
    server->hurried_end = &socket->hurried_next;
}

void server_hurry(struct lws *wsi)
{
    hurry(socket_of(wsi));
}

/* ---- out ---- */

static int send_sealed(struct socket *socket, const void *bytes, size_t size)
{
    struct buffer *sealed = &socket->server->sealed;
    buffer_clear(sealed);
    if (!tls_send(socket->tls, bytes, size, sealed))
        return -1;
    return lws_write(socket->wsi, (unsigned char *)sealed->data, sealed->size, LWS_WRITE_RAW);
}

/* lws puts nothing in front of what is declared raw. */
static int send_bytes(struct socket *socket, const void *bytes, size_t size)
{
    if (socket->tls != NULL)
        return send_sealed(socket, bytes, size);
    return lws_write(socket->wsi, (unsigned char *)bytes, size, LWS_WRITE_RAW);
}

int server_write(struct lws *wsi, const void *bytes, size_t size)
{
    return send_bytes(socket_of(wsi), bytes, size);
}

/* For a socket that holds no bytes. */
static void send_frame(struct socket *socket, enum frame_kind kind, const void *data, size_t size)
{
    uint8_t frame[FRAME_HEADER_MAX + WEBSOCKET_CONTROL_MAX];
    size_t header_size = frame_header(frame, kind, size);
    memcpy(frame + header_size, data, size);
    if (send_bytes(socket, frame, header_size + size) < 0)
        hurry(socket); /* it is broken, as its next event will tell */
    else if (lws_partial_buffered(socket->wsi))
        lws_callback_on_writable(socket->wsi);
}

/* Of pings that come while the socket takes nothing the last one is answered, as RFC 6455, 5.5.3, allows: the
 * reader keeps it. */
static void send_pong(struct socket *socket)
{
    socket->pong_waits = lws_partial_buffered(socket->wsi) != 0;
    if (!socket->pong_waits)
        send_frame(socket, FRAME_PONG, socket->reader.control, socket->reader.control_size);
}

static void send_close(struct socket *socket, int code, const char *reason)
{
    uint8_t payload[WEBSOCKET_CONTROL_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t size = strlen(reason) < sizeof payload - 2 ? strlen(reason) : sizeof payload - 2;
    memcpy(payload + 2, reason, size);
    send_frame(socket, FRAME_CLOSE, payload, code != WEBSOCKET_NO_CODE ? size + 2 : 0);
}

/* ---- the end ---- */

static void end_tls(struct socket *socket)
{
    struct buffer *sealed = &socket->server->sealed;
    buffer_clear(sealed);
    tls_end(socket->tls, sealed);
    if (sealed->size > 0 &&
        lws_write(socket->wsi, (unsigned char *)sealed->data, sealed->size, LWS_WRITE_RAW) < 0)
        hurry(socket);
}

/* Nothing more will be sent, and what comes is thrown away: closing now, with bytes unread, would reset the
 * connection and lose the client our close frame. */
static void end(struct socket *socket)
{
    socket->state = SOCKET_ENDING;
    if (socket->tls != NULL)
        end_tls(socket);
    shutdown(lws_get_socket_fd(socket->wsi), SHUT_WR);
    hurry(socket);
}

/* Ends a socket that is ANSWERING, unless it holds bytes: then later, or never, within the time. */
static void answer(struct socket *socket)
{
    if (lws_partial_buffered(socket->wsi))
        return;
    part(socket, socket->reason != NULL ? socket->code : 0, socket->reason);
    send_close(socket, socket->code, socket->reason != NULL ? socket->reason : "");
    end(socket);
}

/* The client's close frame, or a fault after which nothing can be read. */
static void take_end(struct socket *socket, int code, const char *reason)
{
    if (socket->state == SOCKET_CLOSING) {
        end(socket);
        return;
    }
    socket->state = SOCKET_ANSWERING;
    socket->code = code;
    socket->reason = reason;
    hurry(socket);
    answer(socket);
}

void server_close(struct lws *wsi, int code, const char *reason)
{
    struct socket *socket = socket_of(wsi);
    socket->client = NULL;
    bool both = socket->stream || socket->state == SOCKET_ANSWERING;
    if (!socket->stream)
        send_close(socket, code, reason);
    socket->state = SOCKET_CLOSING;
    hurry(socket);
    if (both)
        end(socket);
}

void server_forget(struct lws *wsi)
{
    socket_of(wsi)->client = NULL;
}

/* ---- in ---- */

static bool is_reading(const struct socket *socket)
{
    return !socket->stream && (socket->state == SOCKET_OPEN || socket->state == SOCKET_CLOSING);
}

static void take_bytes(struct socket *socket, char *bytes, size_t size)
{
    const struct server_hooks *hooks = socket->server->hooks;
    while (is_reading(socket)) {
        struct websocket_event event;
        size_t used;
        enum websocket_result result = websocket_read(&socket->reader, bytes, size, &used, &event);
        bytes += used;
        size -= used;
        switch (result) {
        case WEBSOCKET_MORE: return;
        case WEBSOCKET_PIECE:
            if (socket->client != NULL)
                hooks->received(socket->client, event.data, event.size, event.whole, event.text);
            break;
        case WEBSOCKET_PING:
            if (socket->state == SOCKET_OPEN && socket->client != NULL && hooks->ping(socket->client))
                send_pong(socket);
            break;
        case WEBSOCKET_PONG:
            if (socket->client != NULL)
                hooks->pong(socket->client);
            break;
        case WEBSOCKET_CLOSE: take_end(socket, event.code, NULL); break;
        case WEBSOCKET_FAULT: take_end(socket, event.code, event.reason); break;
        }
    }
}

/* What TLS itself has to say goes at once, or behind what waits. A client that makes it say much and reads
 * nothing of that is not served any longer. */
static bool send_unasked(struct socket *socket)
{
    struct buffer *sealed = &socket->server->sealed;
    if (sealed->size == 0)
        return true;
    socket->tls_unasked += sealed->size;
    if (socket->tls_unasked > UNASKED_MAX ||
        lws_write(socket->wsi, (unsigned char *)sealed->data, sealed->size, LWS_WRITE_RAW) < 0)
        return false;
    if (lws_partial_buffered(socket->wsi))
        lws_callback_on_writable(socket->wsi);
    else
        socket->tls_unasked = 0;
    return true;
}

/* False: the connection has come to its end, as if the client had closed its socket. */
static bool take_sealed(struct socket *socket, const char *bytes, size_t size)
{
    struct server *server = socket->server;
    if (socket->state == SOCKET_ENDING)
        return true;
    buffer_clear(&server->clear);
    buffer_clear(&server->sealed);
    enum tls_result result = tls_receive(socket->tls, bytes, size, &server->clear, &server->sealed);
    bool good = send_unasked(socket) && !server->clear.failed;
    if (good && server->clear.size > 0)
        take_bytes(socket, server->clear.data, server->clear.size);
    if (good && result == TLS_GOES_ON)
        return true;
    part(socket, 0, NULL);
    if (result == TLS_ENDED)
        end_tls(socket);
    hurry(socket);
    return false;
}

/* What a callback of libwebsockets' returns: negative to close. */
static int on_bytes(struct socket *socket, char *bytes, size_t size)
{
    if (socket->tls != NULL)
        return take_sealed(socket, bytes, size) ? 0 : -1;
    take_bytes(socket, bytes, size);
    return 0;
}

static void on_writeable(struct socket *socket)
{
    if (lws_partial_buffered(socket->wsi))
        return;
    socket->tls_unasked = 0;
    if (socket->pong_waits && socket->state == SOCKET_OPEN)
        send_pong(socket);
    if (socket->client != NULL)
        socket->server->hooks->writeable(socket->client);
    if (socket->state == SOCKET_ANSWERING)
        answer(socket);
}

static void on_closed(struct lws *wsi)
{
    struct socket *socket = socket_of(wsi);
    if (socket == NULL)
        return;
    lws_set_opaque_user_data(wsi, NULL);
    hurried_remove(socket);
    part(socket, 0, NULL);
    tls_destroy(&socket->tls);
    free(socket);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    struct server *server = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_RAW_RX: return on_bytes(socket_of(wsi), in, size);
    case LWS_CALLBACK_RAW_WRITEABLE: on_writeable(socket_of(wsi)); return 0;
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_WSI_DESTROY: on_closed(wsi); return 0;
    case LWS_CALLBACK_PROTOCOL_DESTROY: server->ended = true; return 0;
    default: return 0; /* an enum of libwebsockets' with a hundred values */
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "seri",                 .callback = on_event, .tx_packet_size = WRITE_BYTES},
    {0},
};

struct server *server_create(uv_loop_t *loop, const struct server_hooks *hooks, void *context,
                             struct error *error)
{
    struct server *server = xcalloc(1, sizeof *server);
    server->hooks = hooks;
    server->context_of_hooks = context;
    void *loops[] = {loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .foreign_loops = loops,
        .user = server,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .pt_serv_buf_size = SERVICE_BYTES,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    };
    lws_set_log_level(0, NULL); /* what it has to say of single clients is of no use to an operator */
    server->context = lws_create_context(&info);
    if (server->context != NULL)
        server->vhost = lws_create_vhost(server->context, &info);
    if (server->vhost != NULL) {
        server->hurried_end = &server->hurried;
        buffer_init(&server->clear, CLEAR_BYTES);
        buffer_init(&server->sealed, SEALED_BYTES);
        uv_timer_init(loop, &server->look);
        server->look.data = server;
        return server;
    }
    error_set(error, "libwebsockets cannot be started on libuv; is libwebsockets-evlib-uv installed?");
    if (server->context != NULL)
        lws_context_destroy(server->context);
    free(server);
    return NULL;
}

void server_stop(struct server *server)
{
    uv_close((uv_handle_t *)&server->look, NULL);
    lws_context_destroy(server->context);
}

/* On a loop of ours libwebsockets closes its handles and then waits to be asked again; unless its handles
 * happened to close in an order in which it asks itself. */
void server_destroy(struct server **server)
{
    if (*server == NULL)
        return;
    if (!(*server)->ended)
        lws_context_destroy((*server)->context);
    buffer_finish(&(*server)->clear);
    buffer_finish(&(*server)->sealed);
    free(*server);
    *server = NULL;
}

void server_adopt(struct server *server, const struct server_arrival *arrival)
{
    lws_sock_file_fd_type descriptor = {.sockfd = arrival->socket};
    struct lws *wsi =
        lws_adopt_descriptor_vhost(server->vhost, LWS_ADOPT_SOCKET, descriptor, protocols[0].name, NULL);
    if (wsi == NULL) { /* it has closed the socket */
        struct tls *tls = arrival->tls;
        tls_destroy(&tls);
        return;
    }
    struct socket *socket = xcalloc(1, sizeof *socket);
    socket->server = server;
    socket->wsi = wsi;
    socket->tls = arrival->tls;
    socket->stream = arrival->stream;
    socket->reader.limit = arrival->message_max;
    lws_set_opaque_user_data(wsi, socket);
    if (arrival->answer->size > 0 && send_bytes(socket, arrival->answer->data, arrival->answer->size) < 0) {
        hurry(socket);
        return;
    }
    socket->client = server->hooks->opened(server->context_of_hooks, wsi, arrival->greeting);
    take_bytes(socket, arrival->behind->data, arrival->behind->size);
}
