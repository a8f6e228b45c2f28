/* The HTTP side: libmicrohttpd with a pool of threads, each an epoll loop that also runs the handlers of its
 * connections. It turns what comes in into requests, and answers into what goes out. */
#pragma once

#include "rest/service.h"

struct server; /* opaque */

/** Listens and serves from here on. NULL, with `error`, when it cannot. `service` is borrowed. */
struct server *server_start(struct service *service, struct error *error);

/** Ends the connections of those who are too slow. To be called every SERVER_TEND_MS or so. */
#define SERVER_TEND_MS 250
void server_tend(struct server *server);

/** Takes no new connections and waits until no request is in flight, at most `wait_ms`. Every answer from now
 * on closes its connection. */
void server_drain(struct server *server, int64_t wait_ms);

/** Ends everything; no slow job may be waiting any more. */
void server_stop(struct server **server);
