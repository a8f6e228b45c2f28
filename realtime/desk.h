/* The desk: where bids are decided. One node at a time holds a lot's desk by a lease (leases.h); the others
 * hand their bids over to it (handover.h), and decide them themselves if that does not work at once. Any
 * number of nodes may decide for one lot: the lease makes it fast, the ledger makes it right.
 *
 * While no append of a lot is in flight, its desk takes the whole queue, asks the ledger once for the newest
 * state and the facts of all these bids, decides them in order, and appends everything in one statement: one
 * commit, however many bids. What comes back:
 *   done       every bidder is answered from the state after the whole batch, the batch is announced
 *   conflict   somebody else appended first: once more, with the lot's row locked
 *   rejected   a bid is in the ledger already: once more; the fresh facts answer it
 *   uncertain  the connection went away: with the row locked, either the ledger remembers the bids, or they
 *              are decided anew; a refusal after that is committed under the bid's key first, so that it
 *              can never come true later. No database within 5 s: the bidder hears UNCERTAIN.
 *
 * Bids stamped at or after the end of a lot that is 判定中 are held until it closes or is extended. */
#pragma once

#include "core/domain/auction.h"
#include "core/wire/view.h"
#include "realtime/admission.h"

struct node;
struct desks;

struct desks *desks_create(struct node *node);
/** Answers everything that waits (UNAVAILABLE, or UNCERTAIN for what was sent) and ends. */
void desks_destroy(struct desks **desks);

struct desk_bid {
    int64_t auction_id;
    int64_t user;
    struct bid bid;
    int64_t
        received_at_ms; /* database time; 0: this node's clock is not trusted, the commit's time is used */
    int64_t sent_at_ms; /* the client's claim; 0: none */
    char address[46];
};

struct desk_answer {
    enum verdict verdict; /* OK: accepted */
    bool duplicate;       /* decided before; this is the answer again */
    bool retracted;       /* it was accepted and later taken back by the auctioneer */
    int64_t seq;          /* the bid's own; 0 unless it was accepted */
    int64_t received_at_ms;
    struct auction_view view; /* the newest committed state; its seq is stateSeq; seq 0: unknown */
    bool leading;             /* the bidder leads in that state */
    yen min_next_bid, step;   /* of a refusal, where they apply */
    yen available;            /* CREDIT_EXCEEDED: the most that could be bid on this lot */
    int64_t retry_after_ms;   /* RATE_LIMITED */
    int bids_left;            /* new bids this user may make within the running minute; -1: not limited */
};

typedef void (*desk_callback)(const struct desk_answer *answer, void *context);

/** Hands in one bid. Answered exactly once, never before the call returned. The queue of a lot is bounded: a
 * full one answers UNAVAILABLE. */
void desk_bid(struct desks *desks, const struct desk_bid *bid, desk_callback callback, void *context);

/** The same for a bid that another node handed over, with what that node was told of check 4: its refusal is
 * committed, and it is dropped, answered UNAVAILABLE, if its turn does not come until `until_ms` (database
 * time). */
void desk_take_in(struct desks *desks, const struct desk_bid *bid, const struct admission_answer *admission,
                  int64_t until_ms, desk_callback callback, void *context);

/** A message of Redis'; false when it is no answer to a bid that was handed over. */
bool desks_hear(struct desks *desks, const char *channel, const char *text, size_t size);

/** The clock says the lot is due to close (or was in the dark): the desk loads it and does what is right.
 * Harmless at any time, by any node. */
void desk_close(struct desks *desks, int64_t auction_id);

/** The lot moved (another writer): held bids are looked at again. */
void desk_moved(struct desks *desks, int64_t auction_id);

/** Bids waiting, held or in flight of one lot. */
int desk_queue(const struct desks *desks, int64_t auction_id);

/** Bids waiting or in flight over all lots; a draining node waits for 0. */
int desks_pending(const struct desks *desks);
