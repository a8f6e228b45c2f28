/* The ledger: what is read before a decision and what is written after it. This module builds parameters and
 * reads results; it sends nothing, so that the blocking and the asynchronous side share it word for word.
 *
 * A writer's turn:  load (state, facts, the database's clock)  →  auction_decide for each command, in order,
 * on a copy  → ledger_batch_add for what was decided  →  append: one statement, which succeeds only if the
 * auction's seq is still the one loaded, on the database's clock, with unused bid keys. Its answer is one of
 * ledger_outcome.
 *
 * Each …_params function initialises its params; the caller finishes them. */
#pragma once

#include "core/domain/auction.h"
#include "core/domain/chain.h"
#include "core/store/db.h"

/* ---- reading ---- */

/** A lot as it stands in the ledger. */
struct ledger_lot {
    struct auction auction;
    int64_t sale_id;
    int lot_number;
    bool sale_shut;         /* the sale is a draft or closed: no lot of it may be scheduled */
    struct chain_hash head; /* hash of the last event, or the chain's seed */
    int64_t db_now_ms;      /* the database's clock at the read */
    int64_t dark_since_ms;  /* an outage began then while this lot's clock ran: only COMMAND_OUTAGE may come
                               next; 0: none */
};

/** One bid about which the ledger is asked. */
struct ledger_question {
    int64_t user;
    struct uuid bid_id;
};

/** Parameters of SQL_LEDGER_LOAD (one row: the lot) and SQL_LEDGER_LOAD_LOCKED (the same, taking the row's
 * lock). */
void ledger_load_params(struct params *params, int64_t auction_id);

/** Reads the row. False when there is no such auction. */
[[gnu::warn_unused_result]] bool ledger_load_read(const PGresult *result, struct ledger_lot *out);

/** Parameters of SQL_LEDGER_FACTS: one row per question, in order: registration, party and memory of the bid.
 * Sent right behind the load. `auction_id` may be any; unknown users are simply not approved. */
void ledger_facts_params(struct params *params, int64_t auction_id, const struct ledger_question *questions,
                         size_t count);

/** Reads row `index` into facts (approved, paddle, own_lot, memory and what is remembered); now_ms is left
 * alone. `*bidder` tells whether the user is active and a bidder at this moment, whatever the token says. */
void ledger_facts_read(const PGresult *result, size_t index, struct auction_facts *facts,
                       int64_t *received_at_ms, bool *bidder);

/** Parameters of SQL_LEDGER_HISTORY: every event of a lot (kind, both parts, seq). */
void ledger_history_params(struct params *params, int64_t auction_id);

/** The decoded history; `events` for auction_facts. */
struct ledger_history; /* opaque */
[[gnu::warn_unused_result]] struct ledger_history *
ledger_history_read(const PGresult *result, struct error *error); /* NULL: a bad row */
const struct auction_event *ledger_history_events(const struct ledger_history *history, size_t *count);
void ledger_history_destroy(struct ledger_history **history);

/** Parameters of SQL_LEDGER_MAXIMA: the maxima that stand at a scheduled lot, in the order received. Asked
 * for, with the lot locked, before a start is decided. */
void ledger_maxima_params(struct params *params, int64_t auction_id);

/* ---- writing ---- */

/** A batch being put together for one lot. */
struct ledger_batch;

/** Begins a batch on the loaded lot (copied). */
struct ledger_batch *ledger_batch_create(const struct ledger_lot *lot);
void ledger_batch_destroy(struct ledger_batch **batch);

/** The state with everything added so far applied: the next command is decided on this. */
const struct auction *ledger_batch_state(const struct ledger_batch *batch);

/** Adds the events of one decision (of another kind: nothing), decided on ledger_batch_state: encodes, seals,
 * chains and applies them. An undo stands in a batch without bids and without another undo. A close by the
 * clock and a bid in one batch can only meet a conflict: their moments exclude each other. */
void ledger_batch_add(struct ledger_batch *batch, const struct decision *decision);

/** Adds, behind a start added last, what becomes of the maxima left before it (the answer to
 * SQL_LEDGER_MAXIMA): each is a bid, decided in the order received on what those before it made of the lot.
 * One that may not bid any more, or that the price has passed by then, is dropped. */
void ledger_batch_add_maxima(struct ledger_batch *batch, const PGresult *maxima, int64_t now_ms);

/** Adds the memory of an accepted bid (seq > 0) or of a refusal that must be committed (seq 0, `refusal`
 * set). `sent_at_ms` is the client's claim, 0 when absent; `address` may be NULL. */
void ledger_batch_add_bid(struct ledger_batch *batch, int64_t user, const struct bid *bid, int64_t seq,
                          enum verdict refusal, int64_t received_at_ms, int64_t sent_at_ms,
                          const char *address);

/** Adds the memory of an auctioneer's command whose decision was the last one added; `content` is the
 * canonical form by which a repeat is recognised. */
void ledger_batch_add_command(struct ledger_batch *batch, struct uuid command_id, int64_t user,
                              enum command_kind kind, const char *content);

/** What stands of the user's maximum before the start after this batch (0: none); `before` when the batch
 * says nothing about it. */
yen ledger_batch_maximum_left(const struct ledger_batch *batch, int64_t user, yen before);

/** True when nothing was added. */
bool ledger_batch_is_empty(const struct ledger_batch *batch);

/** The event of the batch with this index as public JSON (the <public event> of the protocol), borrowed until
 * the batch is added to; NULL past the end. */
const char *ledger_batch_public_event(const struct ledger_batch *batch, size_t index, size_t *size);
/** The event itself, borrowed likewise (its text and terms as long as the batch lives). */
const struct auction_event *ledger_batch_event(const struct ledger_batch *batch, size_t index);
size_t ledger_batch_count(const struct ledger_batch *batch);
/** Calls for each user whose standing, maximum or credit the batch changes, some more than once: whose bids
 * and maxima are in it, and who led before and after if that, or what it means, is not the same. 0 may be
 * among them. Of a bid taken back and of maxima dropped by a start, the batch does not know whose they were.
 */
void ledger_batch_each_user(const struct ledger_batch *batch, const struct auction *before,
                            void (*visit)(void *context, int64_t user), void *context);
/** The hash of the lot's last event once the batch is appended. */
struct chain_hash ledger_batch_head(const struct ledger_batch *batch);

/** Parameters of SQL_LEDGER_APPEND. */
void ledger_append_params(struct params *params, const struct ledger_batch *batch);

enum ledger_outcome {
    LEDGER_DONE,
    LEDGER_CONFLICT,  /* somebody else appended first, the database's clock or liveness forbids it, or another
                         lot took up a bidder's credit meanwhile: load and decide again */
    LEDGER_REJECTED,  /* a bid key or command id is known already, or a horse is live elsewhere: `constraint`
                         says which; load, decide again */
    LEDGER_UNCERTAIN, /* may or may not be committed: find out with the locked load before anything is said */
    LEDGER_DOWN       /* certainly not written, the database cannot be reached */
};

/** The outcome of SQL_LEDGER_APPEND. Of a conflict `*reason` (may be NULL) is a word for logs and metrics:
 * seq, future, late, early, dark, credit, paddle, serialization; of a rejection the constraint; else NULL. It
 * lives as long as the answer. */
enum ledger_outcome ledger_append_read(const struct db_answer *answer, const char **reason);

/* ---- the blocking writer ---- */

/** One command with the lot locked: load, (pause by outage if the lot was in the dark), decide, append,
 * commit. Used by REST. */
struct ledger_command {
    int64_t auction_id;
    struct command command; /* at_ms is set from the database's clock */
    struct uuid command_id; /* nil: none (no memory is kept); of a bid always nil, it has its own id */
    const char *content;    /* see ledger_batch_add_command */
    int64_t sale_id;        /* of a lot's part in a command about this sale: refused with STALE_COMMAND once
                               that is over; 0: none */
    int64_t sent_at_ms;     /* of a bid: the client's claim; 0: absent */
    const char *address;    /* of a bid, for the audit; NULL: none */
    /* Of a bid: asked once, before anything is locked, unless the ledger knows the bid already (check 4).
     * Another verdict than OK is the answer. NULL: nobody is asked. */
    enum verdict (*admit)(void *context);
    void *admit_context;
};

struct ledger_result {
    enum verdict verdict; /* OK, a refusal, UNAVAILABLE (nothing was done), UNCERTAIN */
    bool duplicate; /* the command had been decided before; verdict, seq and received_at_ms are those of then
                     */
    bool held;      /* UNAVAILABLE because the bid would have to wait for what becomes of the lot */
    int64_t seq;    /* of the command's first event */
    int64_t received_at_ms;   /* of a bid: the moment it counts from */
    yen min_next_bid, step;   /* of a refusal, where they apply */
    yen available;            /* of a CREDIT_EXCEEDED */
    struct ledger_lot before; /* as loaded; the lot after is ledger_batch_state(batch) */
    /* What was appended, for publishing, also when the command itself was refused but the lot was paused for
     * an outage; owned by the caller; NULL when nothing was. */
    struct ledger_batch *batch;
};

/** Never waits for a bid's sake: one that must be held until the lot closes or is extended is UNAVAILABLE.
 * `error` (may be NULL) has words for the log where the verdict is UNAVAILABLE or UNCERTAIN. */
void ledger_execute(struct db *db, const struct ledger_command *command, struct ledger_result *out,
                    struct error *error);
