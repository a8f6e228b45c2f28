/* The open connections: how many one address has, and until when each must be done with what it is at. MHD's
 * own time-out knows silence only, and a byte every ten seconds is no silence; so a sender of headers or a
 * reader of an answer could keep its place for ever. Whoever is past its moment has its socket shut down;
 * MHD then ends the connection in its own way and thread. */
#pragma once

#include "core/base/address.h"

#include <stdbool.h>
#include <stdint.h>

enum connection_stage {
    CONNECTION_IDLE,    /* no request has begun */
    CONNECTION_REQUEST, /* one is coming in */
    CONNECTION_WORK,    /* ours: no moment */
    CONNECTION_ANSWER   /* the client is to read */
};

struct connections; /* opaque; any thread */
struct connection;  /* opaque: one of them */

/** At most `per_address` for an address (of IPv6 for a /64; 0: no limit); `proxies` (borrowed) are not
 * counted, for they come for many. */
struct connections *connections_create(const struct proxies *proxies, int64_t per_address);

/** After every connection has been removed. Accepts a pointer to NULL. */
void connections_destroy(struct connections **connections);

/** Whether one more of that peer may come; counts those that may not. */
bool connections_admit(struct connections *connections, const struct sockaddr *peer);

/** `socket` stays the caller's, and open until the connection is removed. */
struct connection *connections_add(struct connections *connections, int socket, const struct sockaddr *peer,
                                   int64_t until_ms);
void connections_remove(struct connections *connections, struct connection **connection);

/** What it is at, and until when (monotonic; of no account for CONNECTION_WORK). */
void connection_enter(struct connection *connection, enum connection_stage stage, int64_t until_ms);

/** Counts one more request of the connection; true when it is the `most`th: its answer is to be the last. */
[[gnu::warn_unused_result]] bool connection_is_last(struct connection *connection, int64_t most);

/** Shuts down those past their moment; a half request is answered 408 before. To be called now and then. */
void connections_sweep(struct connections *connections, int64_t now_ms);
