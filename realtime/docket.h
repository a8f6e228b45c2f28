/* One batch of bids on one lot, as the desk lays it before the rules: each bid is a ticket, decided in order
 * on the state as it stands after those before it. What must be written down gathers in a ledger batch; what
 * each bidder will hear stands in the ticket. Nothing is sent from here. */
#pragma once

#include "core/store/ledger.h"
#include "realtime/admission.h"
#include "realtime/desk.h"

#define DESK_BATCH_MAX 512

enum ticket_fate {
    FATE_OPEN, /* not decided */
    FATE_ACCEPTED,
    FATE_REFUSED,
    FATE_KNOWN,  /* decided by an earlier batch */
    FATE_TWIN,   /* the same bid stands earlier in this batch */
    FATE_HELD,   /* waits for what becomes of the lot */
    FATE_DOUBTED /* of a docket decided upon memories: to be decided again upon what the ledger says */
};

/** A bid under way, from desk_bid to its answer. */
struct ticket {
    struct ticket *next;
    struct desk_bid bid;
    desk_callback callback;
    void *context;
    int64_t since_us;          /* monotonic, when it was handed in */
    int64_t sent_since_ms;     /* monotonic: since then an append whose end is unknown may bring it into the
                                  ledger, so a refusal must be committed; 0: there is none */
    int64_t taken_in_until_ms; /* database time: another node handed it over and waits so long for the answer;
                                  a refusal must be committed; 0: it came from a client of this node */
    struct admission_answer admission; /* check 4, asked by the node that received it */
    struct ticket_facts {
        struct auction_facts facts;
        int64_t remembered_at_ms;
        bool bidder;
    } facts; /* what the ledger says about it */
    enum ticket_fate fate;
    bool is_recorded;          /* REFUSED, and the batch holds that */
    struct desk_answer answer; /* its view and what follows from it are filled in at the end */
};

struct docket {
    struct docket *next;        /* of those decided, waiting to be answered */
    struct ledger_lot lot;      /* as loaded */
    struct ledger_batch *batch; /* owned; NULL before the decision */
    int64_t now_ms;             /* the deciding moment, database time */
    bool close;                 /* the lot is to be closed if due */
    size_t count;
    struct ticket *tickets[DESK_BATCH_MAX];
    bool outage;      /* the batch pauses the lot for darkness */
    bool closed;      /* the batch closes the lot */
    bool presumed;    /* decided upon memories */
    bool close_waits; /* the close is due, but goes into a batch of its own */
    size_t leader_count;
    /* Who led before the batch, or within it with a maximum that stood; each once. Others who led within it
     * are told by their own answers that they do so no more. */
    int64_t leaders[DESK_BATCH_MAX + 1];
};

/** Takes the facts of all tickets from the answer to one question each, in order. Returns how new they are:
 * the seq of the lot when they were read. */
int64_t docket_read_facts(struct docket *docket, const PGresult *result);

/** True when the facts know a bid that is newer than the state read: an answer to it would name a state from
 * before the bid. */
bool docket_is_behind(const struct docket *docket);

/** Decides all tickets, and the close. `lot`, `now_ms` and the facts are set, `batch` is NULL. */
void docket_decide(struct docket *docket);

/** The same upon memories: `lot` as this desk left it, the facts of the tickets that are not doubted. Nothing
 * is decided but acceptances; every other ticket is doubted. False when there is a bid that only the ledger
 * can judge, and might accept: then, for order's sake, all are for the ledger. */
[[gnu::warn_unused_result]] bool docket_presume(struct docket *docket);

/** Forgets the decisions, not the tickets. */
void docket_clear(struct docket *docket);

/** After an append whose end is unknown: the tickets that it holds are marked. */
void docket_mark_sent(struct docket *docket, int64_t monotonic_ms);
