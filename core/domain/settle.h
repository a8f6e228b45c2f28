/* The contest of maximum bids: who leads at what price once a bid or a raise has met the standing maximum.
 * Shared by the decision of a new bid and by the replay of an undo, so that both reckon alike. Nothing is
 * judged here. */
#pragma once

#include "core/domain/auction.h"

/** What prices a contest depends on. */
struct settle_terms {
    const struct ladder *ladder;
    yen step_override; /* 0: the ladder's */
    yen start_price;
    yen reserve; /* 0: none */
};

#define SETTLE_LINES_MAX 3

/** One line of the bidding, as the ledger will show it: somebody at a price, by hand or by the house. */
struct settle_line {
    int64_t user;
    int paddle;
    yen amount;
    yen maximum; /* the standing maximum of that user, ≥ amount */
    bool automatic;
};

struct settlement {
    struct auction_standing after;
    int count;
    struct settle_line lines[SETTLE_LINES_MAX]; /* prices never fall from line to line */
};

/** The terms of a lot as it stands; borrows its ladder. */
struct settle_terms settle_terms_of(const struct auction *auction);

yen settle_step(const struct settle_terms *terms, yen price);
yen settle_min_next_bid(const struct settle_terms *terms, yen price);

/** A bid of somebody who does not lead: `amount` by hand, up to `maximum` (≥ amount) by the house. */
void settle_bid(const struct auction_standing *before, const struct settle_terms *terms, int64_t user,
                int paddle, yen amount, yen maximum, struct settlement *out);

/** The leader's maximum becomes `maximum`, not below the present one. There is a line only if that moves the
 * price. */
void settle_raise(const struct auction_standing *before, const struct settle_terms *terms, yen maximum,
                  struct settlement *out);
