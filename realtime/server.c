#include "realtime/server.h"

#include "core/base/alloc.h"
#include "core/base/log.h"

#include <libwebsockets.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIECE_BYTES = 512,     /* of a message, at a time: each connection holds a buffer of this size */
    WRITE_BYTES = 2097152, /* libwebsockets cuts what is longer; nothing is */
    SERVICE_BYTES = 65536, /* read from a socket at once; one buffer for all */
    HANDSHAKE_S = 10,
};

struct server {
    const struct server_hooks *hooks;
    void *context_of_hooks;
    struct lws_context *context;
    struct lws_vhost *vhost;
    bool ended;           /* libwebsockets has come to the end of its destruction */
    const void *arriving; /* of the socket being taken over: its ESTABLISHED comes within the call */
};

/* The socket is no one's any more and closes by itself. */
static void part(struct server *server, struct lws *wsi)
{
    void *client = lws_get_opaque_user_data(wsi);
    if (client == NULL)
        return;
    lws_set_opaque_user_data(wsi, NULL);
    server->hooks->gone(client);
}

static int on_established(struct server *server, struct lws *wsi)
{
    if (server->arriving == NULL)
        return -1; /* not by way of the door */
    lws_set_opaque_user_data(wsi, server->hooks->opened(server->context_of_hooks, wsi, server->arriving));
    return 0;
}

static void on_receive(struct server *server, struct lws *wsi, const char *bytes, size_t size)
{
    bool whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    server->hooks->received(lws_get_opaque_user_data(wsi), bytes, size, whole, !lws_frame_is_binary(wsi));
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    (void)user;
    struct server *server = lws_context_user(lws_get_context(wsi));
    void *client = wsi != NULL ? lws_get_opaque_user_data(wsi) : NULL;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED: return on_established(server, wsi);
    case LWS_CALLBACK_RECEIVE:
        if (client != NULL)
            on_receive(server, wsi, in, size);
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG:
        if (client != NULL)
            server->hooks->pong(client);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (client != NULL)
            server->hooks->writeable(client);
        return 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: part(server, wsi); return 0;
    case LWS_CALLBACK_HTTP: return -1;
    case LWS_CALLBACK_PROTOCOL_DESTROY: server->ended = true; return 0;
    default: return 0; /* an enum of libwebsockets' with a hundred values */
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "auction.v1",
     .callback = on_event,
     .rx_buffer_size = PIECE_BYTES,
     .tx_packet_size = WRITE_BYTES},
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
        .timeout_secs = HANDSHAKE_S,
        .alpn = "http/1.1",
        .options =
            LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    };
    lws_set_log_level(0, NULL); /* what it has to say of single clients is of no use to an operator */
    server->context = lws_create_context(&info);
    if (server->context != NULL)
        server->vhost = lws_create_vhost(server->context, &info);
    if (server->vhost != NULL)
        return server;
    error_set(error, "libwebsockets cannot be started on libuv; is libwebsockets-evlib-uv installed?");
    if (server->context != NULL)
        lws_context_destroy(server->context);
    free(server);
    return NULL;
}

void server_stop(struct server *server)
{
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
    free(*server);
    *server = NULL;
}

void server_adopt(struct server *server, int socket, const void *greeting, const char *head, size_t size)
{
    server->arriving = greeting;
    if (lws_adopt_socket_vhost_readbuf(server->vhost, socket, head, size) != NULL) {
        /* what came behind the head would wait for the socket's next event otherwise */
        struct lws_pollfd event = {.fd = socket, .events = POLLIN, .revents = POLLIN};
        lws_service_fd(server->context, &event);
    }
    server->arriving = NULL;
}
