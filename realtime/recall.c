#include "realtime/recall.h"

#include "core/base/alloc.h"

#include <stdlib.h>

struct remembered_bidder {
    int64_t user;
    int64_t asked_ms; /* when the question was put to the ledger */
    struct ticket_facts facts;
};

void recall_finish(struct recall *recall)
{
    size_t cursor = 0;
    struct remembered_bidder *bidder;
    while ((bidder = idmap_next(&recall->bidders, &cursor)) != NULL)
        free(bidder);
    idmap_finish(&recall->bidders);
    recall->is_good = false;
}

/* Only of a lot that takes bids, and over whose clock somebody has watched. */
void recall_state(struct recall *recall, const struct docket *docket)
{
    const struct auction *auction = ledger_batch_state(docket->batch);
    recall->is_good = auction->status == AUCTION_ACTIVE && docket->lot.dark_since_ms == 0;
    if (!recall->is_good)
        return;
    recall->lot = docket->lot;
    recall->lot.auction = *auction;
    recall->lot.head = ledger_batch_head(docket->batch);
}

void recall_spoil(struct recall *recall)
{
    recall->is_good = false;
}

static void remember(struct recall *recall, const struct ticket *ticket, int64_t asked_ms)
{
    struct remembered_bidder *bidder = idmap_get(&recall->bidders, ticket->bid.user);
    if (bidder == NULL) {
        if (recall->bidders.count >= RECALL_BIDDERS_MAX)
            return;
        bidder = xcalloc(1, sizeof *bidder);
        bidder->user = ticket->bid.user;
        idmap_put(&recall->bidders, bidder->user, bidder);
    }
    bidder->asked_ms = asked_ms;
    bidder->facts = (struct ticket_facts){.bidder = ticket->facts.bidder};
    bidder->facts.facts = (struct auction_facts){.approved = ticket->facts.facts.approved,
                                                 .own_lot = ticket->facts.facts.own_lot,
                                                 .paddle = ticket->facts.facts.paddle,
                                                 .credit_limited = ticket->facts.facts.credit_limited};
}

void recall_facts(struct recall *recall, const struct docket *docket, int64_t asked_ms)
{
    for (size_t i = 0; i < docket->count; i++)
        remember(recall, docket->tickets[i], asked_ms);
}

bool recall_bidder(const struct recall *recall, struct ticket *ticket, int64_t now_ms)
{
    const struct remembered_bidder *bidder = idmap_get(&recall->bidders, ticket->bid.user);
    if (bidder == NULL || now_ms - bidder->asked_ms >= RECALL_FACTS_MS || bidder->facts.facts.credit_limited)
        return false;
    ticket->facts = bidder->facts;
    return true;
}

void recall_sweep(struct recall *recall, int64_t now_ms)
{
    size_t cursor = 0;
    struct remembered_bidder *bidder;
    while ((bidder = idmap_next(&recall->bidders, &cursor)) != NULL) {
        if (now_ms - bidder->asked_ms < RECALL_FACTS_MS)
            continue;
        idmap_remove(&recall->bidders, bidder->user);
        free(bidder);
        cursor--; /* another may have moved into its place */
    }
}
