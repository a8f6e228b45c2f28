/* Spreads the word of what the desk has appended: to this node's replica at once, to all nodes and the cache
 * keys over Redis, and to those who led and do so no more. Nothing here can fail in a way that matters:
 * whoever misses it finds out from the ledger within a second. */
#pragma once

#include "realtime/docket.h"

struct node;
struct room;

/** Sends an event to every device of a user: over Redis, those at this node too; without it, at least these.
 * Those in the room (NULL: none) have been told there. */
void herald_tell_user(struct node *node, int64_t user, const char *event, const struct buffer *data,
                      const struct room *room);

/** `docket` was committed and has events. */
void herald_append(struct node *node, const struct docket *docket);
