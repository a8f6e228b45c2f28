/* How long the rules take: deciding and applying one accepted bid of a lot on which two bidders outbid each
 * other step by step. */
#include "core/base/clock.h"
#include "core/domain/auction.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 2000000
#define NOW_MS INT64_C(1700000000000)

int main(void)
{
    struct auction auction = {
        .id = 1,
        .seq = 2,
        .status = AUCTION_ACTIVE,
        .terms = {.start_price = 1000000, .rules = auction_rules_default, .ladder = ladder_default},
        .ends_at_ms = NOW_MS + 300000,
    };
    const struct auction fresh = auction;
    struct decision decision;
    int64_t events = 0, started_us = clock_monotonic_us();
    for (int64_t i = 0; i < ROUNDS; i++) {
        int64_t now_ms = NOW_MS + i / 1000;
        if (auction.price > MONEY_MAX / 2)
            auction = fresh;
        struct command command = {.kind = COMMAND_BID, .actor = 10 + i % 2, .at_ms = now_ms};
        struct auction_facts facts = {.now_ms = now_ms, .approved = true, .paddle = (int)(10 + i % 2)};
        command.bid.amount = auction_min_next_bid(&auction);
        command.bid.confirm = true;
        auction_decide(&auction, &command, &facts, &decision);
        if (decision.kind != DECISION_EVENTS) {
            fprintf(stderr, "a bid was not accepted\n");
            return EXIT_FAILURE;
        }
        for (size_t e = 0; e < decision.count; e++)
            auction_apply(&auction, &decision.events[e]);
        events += (int64_t)decision.count;
    }
    int64_t ns = (clock_monotonic_us() - started_us) * 1000 / ROUNDS;
    printf("{\"row\":\"decide\",\"nsPerBid\":%" PRId64 ",\"eventsPerBid\":%.2f}\n", ns,
           (double)events / ROUNDS);
    return EXIT_SUCCESS;
}
