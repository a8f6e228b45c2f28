/* A lot in memory for tests of the rules: decides, applies, and remembers every event, as a writer and the
 * ledger do together. */
#pragma once

#include "core/base/alloc.h"
#include "core/domain/auction.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LOT_OPENS_AT INT64_C(1700000000000)

struct lot {
    struct auction auction;
    struct auction_terms scheduled_terms; /* what the `scheduled` event of the history borrows */
    struct auction_event *history;
    size_t count, capacity;
    struct decision decision; /* the latest */
    int64_t now_ms;
    uint64_t next_bid_id;
};

static inline void lot_init(struct lot *lot)
{
    memset(lot, 0, sizeof *lot);
    lot->auction.id = 7;
    lot->auction.terms.start_price = 1000000;
    lot->auction.terms.rules = auction_rules_default;
    lot->auction.terms.ladder = ladder_default;
    lot->now_ms = LOT_OPENS_AT;
}

static inline void lot_finish(struct lot *lot)
{
    free(lot->history);
}

static inline void lot_record(struct lot *lot, const struct auction_event *event)
{
    if (lot->count == lot->capacity) {
        lot->capacity = lot->capacity ? lot->capacity * 2 : 64;
        lot->history = xrealloc(lot->history, lot->capacity * sizeof *lot->history);
    }
    struct auction_event *kept = &lot->history[lot->count++];
    *kept = *event;
    kept->text = NULL;
    if (kept->kind == EVENT_SCHEDULED) {
        lot->scheduled_terms = *event->terms;
        kept->terms = &lot->scheduled_terms;
    }
}

/* Decides with the given facts; applies and records what was decided. */
static inline enum verdict lot_decide(struct lot *lot, const struct command *command,
                                      struct auction_facts facts)
{
    facts.now_ms = lot->now_ms;
    facts.history = lot->history;
    facts.history_count = lot->count;
    auction_decide(&lot->auction, command, &facts, &lot->decision);
    if (lot->decision.kind == DECISION_EVENTS) {
        for (size_t i = 0; i < lot->decision.count; i++) {
            lot_record(lot, &lot->decision.events[i]);
            auction_apply(&lot->auction, &lot->decision.events[i]);
        }
    }
    return lot->decision.verdict;
}

/* An auctioneer's command (user 900) with the seq it should name, a reason, and no further data. */
static inline struct command lot_command(const struct lot *lot, enum command_kind kind)
{
    return (struct command){.kind = kind,
                            .actor = 900,
                            .at_ms = lot->now_ms,
                            .expected_seq = lot->auction.seq,
                            .text = "a reason"};
}

static inline enum verdict lot_do(struct lot *lot, enum command_kind kind)
{
    struct command command = lot_command(lot, kind);
    return lot_decide(lot, &command, (struct auction_facts){0});
}

static inline void lot_open(struct lot *lot)
{
    ck_assert_int_eq(lot_do(lot, COMMAND_SCHEDULE), VERDICT_OK);
    ck_assert_int_eq(lot_do(lot, COMMAND_START), VERDICT_OK);
}

static inline struct command lot_bid_command(struct lot *lot, int64_t user, yen amount, yen maximum)
{
    struct command command = {.kind = COMMAND_BID, .actor = user, .at_ms = lot->now_ms};
    command.bid.amount = amount;
    command.bid.maximum = maximum;
    command.bid.confirm = true;
    lot->next_bid_id++;
    memcpy(command.bid.id.bytes, &lot->next_bid_id, sizeof lot->next_bid_id);
    return command;
}

/* An approved bidder whose paddle is the user id. */
static inline struct auction_facts lot_bidder(int64_t user)
{
    return (struct auction_facts){.approved = true, .paddle = (int)user};
}

static inline enum verdict lot_bid(struct lot *lot, int64_t user, yen amount, yen maximum)
{
    struct command command = lot_bid_command(lot, user, amount, maximum);
    return lot_decide(lot, &command, lot_bidder(user));
}
