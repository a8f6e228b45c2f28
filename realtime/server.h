/* libwebsockets on our loop: takes sockets whose upgrade has been judged by the door, and brings their
 * messages to the clients by a table of hooks. Frames are read by core/wire/websocket, so libwebsockets has
 * the sockets as raw ones: it reads, writes, keeps what a socket does not take, and closes. */
#pragma once

#include "core/base/buffer.h"
#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct lws;
struct server; /* opaque */
struct tls;

/** What happens to clients. `client` is what `opened` returned. */
struct server_hooks {
    /** `greeting` is what was handed to server_adopt. */
    void *(*opened)(void *context, struct lws *wsi, const void *greeting);
    /** A piece of a message; `whole` with the last piece. */
    void (*received)(void *client, const char *bytes, size_t size, bool whole, bool text);
    /** False: it is not answered. */
    bool (*ping)(void *client);
    void (*pong)(void *client);
    /** The socket takes bytes again. */
    void (*writeable)(void *client);
    /** The socket is gone, or no longer the client's; nothing more is called. `code` is that of the fault for
     * which the client is being closed (see core/wire/websocket.h); 0: the client went by itself. */
    void (*gone)(void *client, int code, const char *reason);
};

/** NULL, with `error`, when libwebsockets cannot be started. */
struct server *server_create(uv_loop_t *loop, const struct server_hooks *hooks, void *context,
                             struct error *error);

/** Closes what is open. The loop must be run on until nothing is left on it. */
void server_stop(struct server *server);

/** After server_stop and the end of the loop: libwebsockets goes piece by piece and calls back until then. */
void server_destroy(struct server **server);

/** A socket to be taken over. */
struct server_arrival {
    int socket;                  /* the server's from here on */
    struct tls *tls;             /* the same; NULL: in clear */
    const void *greeting;        /* for `opened`, which is called within */
    uint64_t message_max;        /* bytes; a longer message closes with 1009 */
    const struct buffer *answer; /* to the request for the upgrade; may be empty */
    bool stream;                 /* no WebSocket: what comes from the client is thrown away */
    struct buffer *behind;       /* what the client has sent ahead; it is read in place */
};

void server_adopt(struct server *server, const struct server_arrival *arrival);

/** Writes bytes; what the socket does not take at once stays with libwebsockets, as lws_partial_buffered
 * tells. `bytes` is not written to, nor what stands before it. Negative: the socket is broken, as its next
 * event will tell. */
[[gnu::warn_unused_result]] int server_write(struct lws *wsi, const void *bytes, size_t size);

/** Sends the close frame (a stream just ends) and waits, bounded, for the client's; for a socket that holds
 * no bytes. No hook is called any more. Not within a hook. */
void server_close(struct lws *wsi, int code, const char *reason);

/** The socket is closed after a few seconds, unless it has come to its end by then. */
void server_hurry(struct lws *wsi);

/** The client is gone already: no hook is called any more. */
void server_forget(struct lws *wsi);
