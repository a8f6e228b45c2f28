/* What a desk remembers of its lot from one turn to the next, so that it need not read it again: the state
 * that it appended last itself, and the facts about bidders it read within the last two seconds. Good enough
 * to accept upon, for the append compares the seq, knows the bids' keys and guards the credit; never to
 * refuse upon (a refusal is true only of a known state). Pure: it is told the time, monotonic. */
#pragma once

#include "realtime/docket.h"
#include "realtime/idmap.h"

/* An approval revoked, a role changed, a tie to the consignor: all take effect within 5 s. */
#define RECALL_FACTS_MS    2000
#define RECALL_BIDDERS_MAX 8192

struct recall {
    bool is_good;
    struct ledger_lot lot; /* while good */
    struct idmap bidders;  /* of struct remembered_bidder, owned */
};

void recall_finish(struct recall *recall);

/** The docket was decided, and committed if there was anything to commit: its lot stands as it left it. */
void recall_state(struct recall *recall, const struct docket *docket);

/** Somebody else has written, or may have. What is known of the bidders stays. */
void recall_spoil(struct recall *recall);

/** Takes what was read about the docket's bidders; `asked_ms`: not older than this. */
void recall_facts(struct recall *recall, const struct docket *docket, int64_t asked_ms);

/** Gives a ticket the facts about its bidder. False when there are none young enough, or such as only the
 * ledger can judge by: a credit limit. Whether its bid is known is not said: the append knows. */
[[gnu::warn_unused_result]] bool recall_bidder(const struct recall *recall, struct ticket *ticket,
                                               int64_t now_ms);

/** Forgets what is too old. To be called now and then. */
void recall_sweep(struct recall *recall, int64_t now_ms);
