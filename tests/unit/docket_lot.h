/* A lot under the hammer and a batch of bids on it, for tests of what a desk decides without a database. */
#pragma once

#include "core/base/alloc.h"
#include "realtime/docket.h"

#include <stdlib.h>

#define DOCKET_NOW_MS INT64_C(1700000000000)

static inline void docket_open(struct docket *docket)
{
    *docket = (struct docket){.now_ms = DOCKET_NOW_MS};
    docket->lot.db_now_ms = DOCKET_NOW_MS;
    docket->lot.auction = (struct auction){.id = 7,
                                           .seq = 2,
                                           .status = AUCTION_ACTIVE,
                                           .ends_at_ms = DOCKET_NOW_MS + 300000,
                                           .starts_at_ms = DOCKET_NOW_MS};
    docket->lot.auction.terms.start_price = 1000000;
    docket->lot.auction.terms.rules = auction_rules_default;
    docket->lot.auction.terms.ladder = ladder_default;
}

static inline void docket_empty(struct docket *docket)
{
    docket_clear(docket);
    while (docket->count > 0)
        free(docket->tickets[--docket->count]);
}

/* A bid of an approved bidder whose paddle is the user id. */
static inline struct ticket *docket_add(struct docket *docket, int64_t user, yen amount, uint8_t id)
{
    struct ticket *ticket = xcalloc(1, sizeof *ticket);
    ticket->bid = (struct desk_bid){.auction_id = 7, .user = user, .received_at_ms = DOCKET_NOW_MS - 1};
    ticket->bid.bid = (struct bid){.id = {.bytes = {id}}, .amount = amount, .confirm = true};
    ticket->facts.bidder = true;
    ticket->facts.facts.approved = true;
    ticket->facts.facts.paddle = (int)user;
    docket->tickets[docket->count++] = ticket;
    return ticket;
}
