/* libwebsockets on our loop: takes sockets whose handshake has been read and judged by the door, and brings
 * their events to the clients by a table of hooks. It listens to nothing itself and speaks no HTTP but the
 * upgrade. */
#pragma once

#include "core/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct lws;
struct server; /* opaque */

/** What happens to clients. `client` is what `opened` returned. */
struct server_hooks {
    /** `greeting` is what was handed to server_adopt. */
    void *(*opened)(void *context, struct lws *wsi, const void *greeting);
    /** A piece of a message; `whole` with the last piece. */
    void (*received)(void *client, const char *bytes, size_t size, bool whole, bool text);
    void (*pong)(void *client);
    /** The socket takes bytes again. */
    void (*writeable)(void *client);
    /** The socket is gone, or no longer the client's; nothing more is called. */
    void (*gone)(void *client);
};

/** NULL, with `error`, when libwebsockets cannot be started. */
struct server *server_create(uv_loop_t *loop, const struct server_hooks *hooks, void *context,
                             struct error *error);

/** Closes what is open. The loop must be run on until nothing is left on it. */
void server_stop(struct server *server);

/** After server_stop and the end of the loop: libwebsockets goes piece by piece and calls back until then. */
void server_destroy(struct server **server);

/** Takes over a socket; `greeting` is for `opened`, which is called within. `head` is a clean request for the
 * upgrade, perhaps with bytes behind it that the client sent ahead. The socket is the server's from here on.
 */
void server_adopt(struct server *server, int socket, const void *greeting, const char *head, size_t size);
