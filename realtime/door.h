/* The listening socket, and those who have just connected and not said yet what they want. Their first
 * request is read here, bounded in bytes and time: what an operator asks (/health, /ready, /metrics) is
 * answered, an upgrade of /ws is judged (subprotocol, token, limits) and handed to the server, anything else
 * is refused. Only GET. */
#pragma once

#include "core/base/error.h"

struct door; /* opaque */
struct node;

/** Listens at REALTIME_HOST:REALTIME_PORT. NULL, with `error`, when that cannot be. */
struct door *door_create(struct node *node, struct error *error);

/** Takes no more connections. */
void door_shut(struct door *door);

/** Lets everybody go. The loop must be run on until nothing is left on it. */
void door_destroy(struct door **door);
