/* `you:update`: how a bidder stands at a lot, told on every device of his when a batch of this node's desk
 * has changed that. It is read from the ledger, some tens of milliseconds later and once for all that came
 * together, so that it is of one moment and the desk does not wait for it. Private: it goes over the user's
 * own channel and nowhere else. */
#pragma once

#include <stdint.h>

struct node;
struct you; /* opaque */

struct you *you_create(struct node *node);
/** Before the pool and Redis. */
void you_destroy(struct you **you);

/** The user's standing, maximum or credit may have changed with an append to this lot. */
void you_note(struct you *you, int64_t auction_id, int64_t user);
