/* What is due, when: the once-a-second look at the ledger (all running and just-ended lots: seq, end; the
 * database's clock; liveness), the close of each lot at endsAt + grace, by this node or, should nothing
 * happen, a second after another's, and `auction:timer` to each room every second. */
#pragma once

#include "core/wire/view.h"

struct node;
struct timekeeper;
struct board_lot;

/** What the timekeeper tells others; it knows no desk and no replica. All are set, called from the loop. */
struct timekeeper_hooks {
    void (*due)(struct node *node,
                int64_t auction_id); /* to be closed, or paused because it was in the dark */
    void (*moved)(struct node *node, int64_t auction_id); /* the lot is at a newer seq than known */
    void (*seen)(struct node *node, int64_t auction_id, int64_t seq);                /* each lot of a look */
    void (*listed)(struct node *node, int64_t sale_id, const struct board_lot *lot); /* likewise */
    void (*looked)(struct node *node);                                               /* a look is over */
    void (*running)(struct node *node, int64_t auction_id); /* each running lot of a look */
    /* How long this node waits, once the lot is due, for another node to close it. */
    int64_t (*patience_ms)(struct node *node, int64_t auction_id);
};

/** `hooks` is borrowed for ever. */
struct timekeeper *timekeeper_create(struct node *node, const struct timekeeper_hooks *hooks);
void timekeeper_destroy(struct timekeeper **timekeeper);

/** A lot's clock was seen at this view: its timers are set or cancelled. Called by the replica and the desk
 * at every step. */
void timekeeper_clock(struct timekeeper *timekeeper, const struct auction_view *view, int64_t close_grace_ms);

/** The last look succeeded less than 3 s ago: this node knows the time and the ledger is there. */
bool timekeeper_is_ready(const struct timekeeper *timekeeper);
