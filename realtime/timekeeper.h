/* What is due, when: the once-a-second look at the ledger (all running and just-ended lots: seq, end; the
 * database's clock; liveness), the close of each lot at endsAt + grace, and `auction:timer` to each room
 * every second. */
#pragma once

#include "core/wire/view.h"

struct node;
struct timekeeper;

struct timekeeper *timekeeper_create(struct node *node);
void timekeeper_destroy(struct timekeeper **timekeeper);

/** A lot's clock was seen at this view: its timers are set or cancelled. Called by the replica and the desk
 * at every step. */
void timekeeper_clock(struct timekeeper *timekeeper, const struct auction_view *view, int64_t close_grace_ms);

/** The last look succeeded less than 3 s ago: this node knows the time and the ledger is there. */
bool timekeeper_is_ready(const struct timekeeper *timekeeper);
