/* Spreads the word of what the desk has appended: to this node's replica at once, to all nodes and the cache
 * keys over Redis, and to those who led and do so no more. Nothing here can fail in a way that matters:
 * whoever misses it finds out from the ledger within a second. */
#pragma once

#include "realtime/docket.h"

struct node;

/** `docket` was committed and has events. */
void herald_append(struct node *node, const struct docket *docket);
