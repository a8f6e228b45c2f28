/* The leases on desks that this node holds or knows others to hold: `auction:{id}:owner` in Redis, set by one
 * script and given up by another, both of which compare the owner. Every lot that runs is asked for, by all
 * nodes, so that a dead holder's desks are taken over whether bids come or not; a node that has a bid asks at
 * once, one that only sees the lot run lets others go first. Without Redis nobody holds anything, and all
 * decide for themselves. Who holds what is to be read in these keys; /metrics has the number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct leases;

struct leases *leases_create(struct node *node);
void leases_destroy(struct leases **leases);

/** There is a bid on the lot. Returns the name of the node to which it is to be handed over, borrowed until
 * the loop goes on; NULL: it is decided here. */
const char *leases_holder(struct leases *leases, int64_t auction_id);

/** The lot runs. */
void leases_watch(struct leases *leases, int64_t auction_id);

bool leases_is_ours(const struct leases *leases, int64_t auction_id);

/** How long after a lot is due to close this node waits for another to do it. */
int64_t leases_patience_ms(const struct leases *leases, int64_t auction_id);

/** The holder let a bid wait: until it is heard of again, bids are decided here. */
void leases_doubt(struct leases *leases, int64_t auction_id, const char *holder);

/** Gives all up and claims none any more, and tells the others, who take them at once. */
void leases_drain(struct leases *leases);

/** A message of Redis'; false when it is not about leases. */
bool leases_hear(struct leases *leases, const char *channel, const char *text);
