/* How many watch a lot, over all nodes, and how many of them are bidders: `auction:presence`, at most once an
 * interval (PRESENCE_INTERVAL_MS) and only when it changed. Watchers are connections. Bidders are people: a
 * user on several devices, at one node or at many, counts once. */
#pragma once

struct node;
struct presence; /* opaque */

/** After the rooms. */
struct presence *presence_create(struct node *node);

/** After the rooms; before Redis. */
void presence_destroy(struct presence **presence);
