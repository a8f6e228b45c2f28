/* The paths of a node's port: what an operator asks (/health, /ready, /metrics) is answered, an upgrade (/ws,
 * /socket.io/) is judged and handed to the server. */
#pragma once

#include "realtime/door.h"

extern const struct door_place node_places[]; /* their context is the struct node */
extern const size_t node_place_count;
