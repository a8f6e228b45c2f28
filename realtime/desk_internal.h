/* The desks, shared by desk.c (which has them, and hands bids in and answers out) and desk_turn.c (which
 * decides for one lot). */
#pragma once

#include "realtime/node.h"
#include "realtime/recall.h"
#include "realtime/tickets.h"

#define DESK_QUEUE_MAX 4096 /* bids waiting at one lot, and as many held */

enum lot_state {
    LOT_IDLE,
    LOT_READING, /* the state, and the facts of the bids */
    LOT_APPENDING,
    LOT_BEGINNING, /* from here to COMMITTING in a transaction that has the row's lock */
    LOT_LOCKED_READING,
    LOT_LOCKED_APPENDING,
    LOT_COMMITTING,
    LOT_PAUSING, /* the database is away, and there are bids of which it must tell us the end */
};

struct lot {
    struct desks *desks;
    int64_t auction_id;
    enum lot_state state;
    struct tickets queue, held;
    struct docket *docket;                      /* owned */
    struct pool_transaction *transaction;       /* NULL unless in one */
    int answers_due;                            /* of a reading */
    enum db_outcome read_outcome;               /* the worse one of a reading's two */
    bool exists;                                /* as the reading found */
    int64_t facts_seq;                          /* how new the facts are */
    int64_t turn_since_ms, asked_us, loaded_ms; /* monotonic */
    int64_t facts_asked_ms;                     /* likewise */
    int64_t grace_ms;                           /* as last loaded */
    int rounds;
    size_t batch_limit; /* lowered while the ledger rejects batches, to find out which bid it is */
    bool close_wanted, look_wanted, read_wanted; /* what the next turn must do */
    struct recall recall;
    bool is_ready; /* in the list of those that have something to do */
    struct lot *next_ready;
    struct wheel_timer retry;
};

struct desks {
    struct node *node;
    struct idmap lots;
    struct admission *admission;
    struct handover *handover;
    struct lot *ready;
    struct tickets rejected;         /* no queue had room for them */
    struct docket *done, **done_end; /* decided, and committed where need be; to be answered in order */
    uv_idle_t idle;                  /* active while there is something in the three lists */
    struct wheel_timer sweep;
    int pending;     /* bids not yet answered */
    int held;        /* of these, held */
    int outstanding; /* questions to the database, each of a lot */
    bool ended, closed;
};

/* ---- desk.c ---- */

/** Answers a ticket, which is in no list any more, and frees it. What came from another node is counted, and
 * audited, by that node. */
void desks_answer(struct desks *desks, struct ticket *ticket);
/** Without a decision: UNCERTAIN if it may have left a trace, else UNAVAILABLE. */
void desks_answer_undecided(struct desks *desks, struct ticket *ticket);
void desks_answer_all_undecided(struct desks *desks, struct tickets *tickets);

/** The loop comes round to what is in the lists of `desks`. */
void desks_wake(struct desks *desks);

bool lot_has_work(const struct lot *lot);
/** An idle lot with work takes its turn when the loop comes round: by then all bids that came with one read
 * of the sockets have joined its queue. */
void lot_make_ready(struct lot *lot);

/** Counts an answer of the database's; true when the desks have ended meanwhile, with their lots answered. */
bool desks_too_late(struct lot *lot);

/* ---- desk_turn.c ---- */

/** Decides what has gathered at an idle lot. Nobody is answered before the call returned. */
void turn_start(struct lot *lot);

/** Gives the lot's transaction up, if there is one. */
void turn_leave_transaction(struct lot *lot);
