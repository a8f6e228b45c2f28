/* libwebsockets on our loop: takes sockets whose handshake has been read and judged by the door, and brings
 * their events to the sessions. It listens to nothing itself and speaks no HTTP but the upgrade. */
#pragma once

#include "core/base/error.h"
#include "realtime/session_internal.h"

#include <uv.h>

struct server; /* opaque */
struct node;

/** NULL, with `error`, when libwebsockets cannot be started. */
struct server *server_create(struct node *node, struct error *error);

/** Closes what is open. The loop must be run on until nothing is left on it. */
void server_stop(struct server *server);

/** After server_stop and the end of the loop: libwebsockets goes piece by piece and calls back until then. */
void server_destroy(struct server **server);

/** Takes over a socket. `head` is a clean request for the upgrade, perhaps with bytes behind it that the
 * client sent ahead. The socket is the server's from here on. */
void server_adopt(struct server *server, int socket, const struct greeting *greeting, const char *head,
                  size_t size);
