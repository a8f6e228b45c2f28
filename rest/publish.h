/* Telling the nodes what this process appended. It is a help and no truth: when Redis is away the nodes find
 * the events by their look at the ledger once a second. */
#pragma once

#include "core/store/ledger.h"
#include "rest/worker.h"

/** Announces a committed batch. Fails silently but for a metric. */
void publish_batch(struct worker *worker, const struct ledger_lot *before, const struct ledger_batch *batch);

/** Tells a bidder what is left of the credit at a sale: the office may have changed it. */
void publish_credit(struct worker *worker, int64_t sale_id, int64_t user);
