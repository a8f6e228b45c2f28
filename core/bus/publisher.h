/* Telling the nodes and the people concerned what a thread that may wait has appended. It is a help and no
 * truth: when Redis is away the nodes find the events by their look at the ledger once a second. */
#pragma once

#include "core/bus/redis_blocking.h"
#include "core/store/ledger.h"

/** Borrowed: what one thread tells with. */
struct publisher {
    struct db *db;
    struct redis_blocking *redis;
    int failed; /* messages that could not be sent are counted here */
};

/** Announces a committed batch to the nodes, and to those whom it concerns: who was outbid, whose bid was
 * taken back, who stands otherwise than before. */
void publisher_tell_batch(struct publisher *publisher, const struct ledger_lot *before,
                          const struct ledger_batch *batch);

/** Tells a bidder, on every device, what is left of the credit at a sale. */
void publisher_tell_credit(struct publisher *publisher, int64_t sale_id, int64_t user);
