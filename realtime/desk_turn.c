/* A lot's desk goes through its turn as a state machine: what is under way at the database is in the state,
 * and its answer moves the desk on. The way without lock is the fast one and almost always the only one; the
 * way with the row's lock is taken after a conflict (so that a hot lot does not starve this writer) and after
 * an append whose end is unknown (so that a commit still in flight is waited out).
 *
 * The holder of the lot's lease leaves the read out for bids that it can accept: the state is that of its own
 * last append, and this append tells whether it still is (recall.h). Those it would refuse go into the next
 * turn, with a read. Should there be one that only the ledger can judge, and might accept, all are read for:
 * nobody goes first because more happens to be remembered of them.
 *
 * State and facts are asked for at once. Facts older than the state will not do: the memory of a bid accepted
 * in between through another node would be missing, and the bid be refused as its own competitor. So they
 * tell their age, and are asked for again if need be.
 *
 * A decided batch is answered and announced while the database already reads for the next one: on one lot the
 * database is what everybody waits for. */
#include "realtime/desk_internal.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/clocksync.h"
#include "realtime/leases.h"
#include "realtime/metric.h"
#include "realtime/timekeeper.h"

#include <stdlib.h>

#define ROUNDS_MAX  8    /* of one turn, before its bids are told that nothing could be decided */
#define PATIENCE_MS 5000 /* after which a bidder is told that we do not know, or cannot */
#define PAUSE_MS    100  /* between two attempts to reach a database that is away */

static void move(struct lot *lot, enum lot_state state);

/* ---- beginning ---- */

/* Of a bid that waited here for too long, the node that handed it over has taken care by now. */
static void fill_docket(struct lot *lot)
{
    struct docket *docket = lot->docket;
    int64_t now_ms = node_now_ms(lot->desks->node);
    while (docket->count < lot->batch_limit && lot->queue.count > 0) {
        struct ticket *ticket = tickets_pop(&lot->queue);
        if (ticket->taken_in_until_ms == 0 || now_ms <= ticket->taken_in_until_ms) {
            docket->tickets[docket->count++] = ticket;
        } else {
            metrics_add(METRIC_TAKEN_IN, METRIC_TAKEN_IN_TOO_LATE, 1);
            tickets_push(&lot->desks->rejected, ticket);
            desks_wake(lot->desks);
        }
    }
}

/* ---- a turn without a read ---- */

/* The holder of the desk knows the state from its own last append. A bid that may be in the ledger already
 * must be looked up there; and without a read there is no time but this node's. */
static bool may_presume(const struct lot *lot)
{
    const struct docket *docket = lot->docket;
    const struct node *node = lot->desks->node;
    if (!lot->recall.is_good || lot->read_wanted || docket->close ||
        !leases_is_ours(node->leases, lot->auction_id) ||
        clocksync_uncertainty_ms(node->clocksync, clock_monotonic_us()) > CLOCKSYNC_TRUSTED_MS)
        return false;
    for (size_t i = 0; i < docket->count; i++)
        if (docket->tickets[i]->sent_since_ms != 0)
            return false;
    return docket->count > 0;
}

/* The doubted go back to the front of the queue, in order; the ledger is read for them. */
static void put_doubted_back(struct lot *lot)
{
    struct docket *docket = lot->docket;
    struct ticket *doubted[DESK_BATCH_MAX];
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < docket->count; i++) {
        struct ticket *ticket = docket->tickets[i];
        if (ticket->fate == FATE_DOUBTED)
            doubted[count++] = ticket;
        else
            docket->tickets[kept++] = ticket;
    }
    docket->count = kept;
    lot->read_wanted = count > 0;
    while (count > 0)
        tickets_push_front(&lot->queue, doubted[--count]);
}

/* True when there is something to append. */
static bool presume(struct lot *lot)
{
    struct docket *docket = lot->docket;
    int64_t monotonic_ms = clock_monotonic_ms();
    docket->lot = lot->recall.lot;
    docket->lot.db_now_ms = docket->now_ms = node_now_ms(lot->desks->node);
    for (size_t i = 0; i < docket->count; i++)
        docket->tickets[i]->fate =
            recall_bidder(&lot->recall, docket->tickets[i], monotonic_ms) ? FATE_OPEN : FATE_DOUBTED;
    if (!docket_presume(docket)) {
        docket_clear(docket);
        return false;
    }
    put_doubted_back(lot);
    if (docket->count > 0)
        return true;
    docket_clear(docket);
    fill_docket(lot);
    return false;
}

void turn_start(struct lot *lot)
{
    lot->turn_since_ms = clock_monotonic_ms();
    lot->rounds = 0;
    lot->docket->close = lot->close_wanted;
    lot->close_wanted = lot->look_wanted = false;
    fill_docket(lot);
    if (may_presume(lot) && presume(lot)) {
        move(lot, LOT_APPENDING);
        return;
    }
    lot->read_wanted = false;
    move(lot, LOT_READING);
}

/* Puts the tickets from `kept` on back to the front of the queue. */
static void cut_docket(struct lot *lot, size_t kept)
{
    struct docket *docket = lot->docket;
    while (docket->count > kept)
        tickets_push_front(&lot->queue, docket->tickets[--docket->count]);
}

/* The turn cannot go on. Whatever certainly left no trace is told so; of the rest we go on to ask, until
 * patience ends. */
static void give_up(struct lot *lot)
{
    struct docket *docket = lot->docket;
    int64_t now_ms = clock_monotonic_ms();
    size_t count = docket->count, kept = 0;
    docket_clear(docket);
    docket->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ticket *ticket = docket->tickets[i];
        if (ticket->sent_since_ms != 0 && now_ms - ticket->sent_since_ms < PATIENCE_MS)
            docket->tickets[kept++] = ticket;
        else
            desks_answer_undecided(lot->desks, ticket);
    }
    docket->count = kept;
    desks_answer_all_undecided(lot->desks, &lot->queue);
    docket->close = lot->close_wanted = false; /* the timekeeper asks again */
    move(lot, kept > 0 ? LOT_PAUSING : LOT_IDLE);
}

/* Once more from `state` on, unless this has been going on for too long. */
static void again(struct lot *lot, enum lot_state state)
{
    docket_clear(lot->docket);
    if (++lot->rounds >= ROUNDS_MAX || clock_monotonic_ms() - lot->turn_since_ms >= PATIENCE_MS)
        give_up(lot);
    else
        move(lot, state);
}

void turn_leave_transaction(struct lot *lot)
{
    if (lot->transaction != NULL)
        pool_rollback(lot->transaction);
    lot->transaction = NULL;
}

/* ---- the end of a turn ---- */

/* Held bids go back into the queue, in front, once what became of the lot is known. */
static void release_held(struct lot *lot, const struct auction *auction)
{
    struct tickets released, kept;
    struct ticket *ticket;
    if (lot->held.count == 0)
        return;
    tickets_init(&released);
    tickets_init(&kept);
    while ((ticket = tickets_pop(&lot->held)) != NULL) {
        bool waits =
            auction->status == AUCTION_ACTIVE && ticket->answer.received_at_ms >= auction->ends_at_ms;
        tickets_push(waits ? &kept : &released, ticket);
    }
    lot->desks->held -= (int)released.count;
    metrics_set(METRIC_BIDS_HELD, 0, lot->desks->held);
    while ((ticket = tickets_pop(&kept)) != NULL)
        tickets_push(&lot->held, ticket);
    while ((ticket = tickets_pop(&lot->queue)) != NULL)
        tickets_push(&released, ticket);
    while ((ticket = tickets_pop(&released)) != NULL)
        tickets_push(&lot->queue, ticket);
}

/* Takes the tickets out of the docket that wait for what becomes of the lot. */
static void hold_tickets(struct lot *lot)
{
    struct docket *docket = lot->docket;
    size_t kept = 0;
    for (size_t i = 0; i < docket->count; i++) {
        struct ticket *ticket = docket->tickets[i];
        if (ticket->fate != FATE_HELD) {
            docket->tickets[kept++] = ticket;
        } else if (lot->held.count < DESK_QUEUE_MAX) {
            tickets_push(&lot->held, ticket);
            lot->desks->held++;
        } else {
            tickets_push(&lot->desks->rejected, ticket);
        }
    }
    docket->count = kept;
    metrics_set(METRIC_BIDS_HELD, 0, lot->desks->held);
}

/* All is decided, and committed if there was anything to commit. The answers are for on_idle. */
static void finish(struct lot *lot)
{
    struct desks *desks = lot->desks;
    struct docket *docket = lot->docket;
    const struct auction *auction = ledger_batch_state(docket->batch);
    struct auction_view view = auction_view_of(auction, docket->lot.sale_id);

    metrics_add(METRIC_BATCHES, 0, docket->count > 0);
    metrics_add(METRIC_BATCH_BIDS, 0, (int64_t)docket->count);
    metrics_add(METRIC_LOTS_CLOSED, 0, docket->closed);
    metrics_add(METRIC_OUTAGES, 0, docket->outage);
    lot->grace_ms = auction->terms.rules.close_grace_ms;
    timekeeper_clock(desks->node->timekeeper, &view, lot->grace_ms);
    hold_tickets(lot);
    release_held(lot, auction);
    lot->close_wanted |= docket->close_waits;
    metrics_add(METRIC_BATCHES_PRESUMED, 0, docket->presumed);
    recall_state(&lot->recall, docket);
    lot->batch_limit = DESK_BATCH_MAX;
    *desks->done_end = docket;
    desks->done_end = &docket->next;
    lot->docket = xcalloc(1, sizeof *lot->docket);
    desks_wake(desks);
    if (lot_has_work(lot))
        turn_start(lot);
    else
        move(lot, LOT_IDLE);
}

static void finish_without_lot(struct lot *lot)
{
    struct docket *docket = lot->docket;
    while (docket->count > 0) {
        struct ticket *ticket = docket->tickets[--docket->count];
        ticket->answer = (struct desk_answer){.verdict = VERDICT_AUCTION_NOT_FOUND};
        desks_answer(lot->desks, ticket);
    }
    docket->close = lot->close_wanted = false;
    move(lot, LOT_IDLE);
}

/* ---- the steps of a turn ---- */

static bool is_locked(const struct lot *lot)
{
    return lot->transaction != NULL;
}

/* A read that failed with its connection may be tried on another. Without a transaction, not sent means that
 * no connection was to be had for a long time; within one, only that its own is lost. */
static void after_failed_read(struct lot *lot)
{
    bool locked = is_locked(lot);
    turn_leave_transaction(lot);
    if (lot->read_outcome == DB_UNCERTAIN || (locked && lot->read_outcome == DB_NOT_SENT))
        again(lot, locked ? LOT_BEGINNING : LOT_READING);
    else
        give_up(lot);
}

static void decide(struct lot *lot)
{
    struct docket *docket = lot->docket;
    docket->now_ms = docket->lot.db_now_ms + clock_monotonic_ms() - lot->loaded_ms;
    docket_decide(docket);
    if (!ledger_batch_is_empty(docket->batch)) {
        move(lot, is_locked(lot) ? LOT_LOCKED_APPENDING : LOT_APPENDING);
        return;
    }
    turn_leave_transaction(lot);
    finish(lot);
}

static void ask_load(struct lot *lot);
static void ask_facts(struct lot *lot);

/* Whatever was asked has been answered. */
static void on_read(struct lot *lot)
{
    struct docket *docket = lot->docket;
    if (lot->read_outcome != DB_DONE) {
        after_failed_read(lot);
    } else if (!lot->exists) {
        turn_leave_transaction(lot);
        finish_without_lot(lot);
    } else if (docket->count > 0 && lot->facts_seq < docket->lot.auction.seq) {
        ask_facts(lot);
    } else if (docket_is_behind(docket)) {
        ask_load(lot);
    } else {
        decide(lot);
    }
}

/* Of two failures the certain one counts: nothing is to be had. */
static bool is_good_answer(struct lot *lot, const struct db_answer *result)
{
    if (result->outcome != DB_DONE && lot->read_outcome != DB_NOT_SENT)
        lot->read_outcome = result->outcome;
    return result->outcome == DB_DONE;
}

static void on_load(struct lot *lot, const struct db_answer *result)
{
    if (is_good_answer(lot, result)) {
        lot->exists = ledger_load_read(result->result, &lot->docket->lot);
        lot->loaded_ms = clock_monotonic_ms();
    }
    if (--lot->answers_due == 0)
        on_read(lot);
}

static void read_facts(struct lot *lot, const PGresult *result)
{
    lot->facts_seq = docket_read_facts(lot->docket, result);
    recall_facts(&lot->recall, lot->docket, lot->facts_asked_ms);
}

static void on_facts(struct lot *lot, const struct db_answer *result)
{
    if (is_good_answer(lot, result))
        read_facts(lot, result->result);
    if (--lot->answers_due == 0)
        on_read(lot);
}

/* The one bid, or the close, that is left is what the ledger will not have: something is wrong with it that
 * the rules do not know. */
static void drop_rejected(struct lot *lot)
{
    struct docket *docket = lot->docket;
    while (docket->count > 0)
        desks_answer_undecided(lot->desks, docket->tickets[--docket->count]);
    docket->close = false;
    lot->batch_limit = DESK_BATCH_MAX;
    move(lot, LOT_IDLE);
}

/* The ledger will not have this batch. Usually one bid has been written down meanwhile and the fresh facts
 * know it; should it happen again, ever smaller batches find out which bid it is, so that it holds up no
 * other. */
static void after_rejection(struct lot *lot, const char *reason)
{
    size_t count = lot->docket->count;
    log_warn("the ledger rejected a batch", log_number("auction", lot->auction_id),
             log_number("bids", (int64_t)count), log_text("reason", reason));
    docket_clear(lot->docket);
    turn_leave_transaction(lot);
    if (lot->rounds > 0 && count <= 1) {
        drop_rejected(lot);
        return;
    }
    if (lot->rounds > 0) {
        lot->batch_limit = count / 2;
        cut_docket(lot, lot->batch_limit);
        lot->rounds--; /* halving ends by itself */
    }
    again(lot, LOT_BEGINNING);
}

static enum ledger_outcome read_append(struct lot *lot, const struct db_answer *result, const char **reason)
{
    static const enum metric_append counters[] = {
        [LEDGER_DONE] = METRIC_APPEND_DONE,         [LEDGER_CONFLICT] = METRIC_APPEND_CONFLICT,
        [LEDGER_REJECTED] = METRIC_APPEND_REJECTED, [LEDGER_UNCERTAIN] = METRIC_APPEND_UNCERTAIN,
        [LEDGER_DOWN] = METRIC_APPEND_DOWN,
    };
    enum ledger_outcome outcome = ledger_append_read(result, reason);
    if (result->outcome == DB_REFUSED &&
        outcome == LEDGER_DOWN) { /* the database is there: it is the batch */
        outcome = LEDGER_REJECTED;
        *reason = result->sqlstate;
    }
    metrics_add(METRIC_APPENDS, counters[outcome], 1);
    metrics_observe_us(METRIC_APPEND_TIME, 0, clock_monotonic_us() - lot->asked_us);
    return outcome;
}

static void on_append(struct lot *lot, const struct db_answer *result)
{
    const char *reason;
    switch (read_append(lot, result, &reason)) {
    case LEDGER_DONE: finish(lot); return;
    case LEDGER_CONFLICT:
        recall_spoil(&lot->recall);
        again(lot, LOT_BEGINNING);
        return;
    case LEDGER_REJECTED:
        recall_spoil(&lot->recall);
        after_rejection(lot, reason);
        return;
    case LEDGER_UNCERTAIN:
        recall_spoil(&lot->recall);
        docket_mark_sent(lot->docket, clock_monotonic_ms());
        again(lot, LOT_BEGINNING);
        return;
    case LEDGER_DOWN: give_up(lot); return;
    }
}

/* Until the COMMIT is sent nothing is uncertain. */
static void on_locked_append(struct lot *lot, const struct db_answer *result)
{
    const char *reason;
    switch (read_append(lot, result, &reason)) {
    case LEDGER_DONE: move(lot, LOT_COMMITTING); return;
    case LEDGER_REJECTED: after_rejection(lot, reason); return;
    case LEDGER_CONFLICT:
    case LEDGER_UNCERTAIN:
    case LEDGER_DOWN:
        turn_leave_transaction(lot);
        again(lot, LOT_BEGINNING);
        return;
    }
}

static void on_commit(struct lot *lot, const struct db_answer *result)
{
    lot->transaction = NULL;
    switch (result->outcome) {
    case DB_DONE: finish(lot); return;
    case DB_UNCERTAIN: docket_mark_sent(lot->docket, clock_monotonic_ms()); break;
    case DB_REFUSED:
    case DB_NOT_SENT: break;
    }
    again(lot, LOT_BEGINNING);
}

/* ---- questions and answers ---- */

static void on_load_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!desks_too_late(lot))
        on_load(lot, result);
}

static void on_facts_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!desks_too_late(lot))
        on_facts(lot, result);
}

static void on_append_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (desks_too_late(lot))
        return;
    if (is_locked(lot))
        on_locked_append(lot, result);
    else
        on_append(lot, result);
}

static void on_commit_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!desks_too_late(lot))
        on_commit(lot, result);
}

static void on_begun(struct pool_transaction *transaction, void *context)
{
    struct lot *lot = context;
    lot->transaction = transaction;
    if (desks_too_late(lot))
        return;
    if (transaction == NULL)
        give_up(lot);
    else
        move(lot, LOT_LOCKED_READING);
}

static void on_retry(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct lot *lot = (struct lot *)((char *)timer - offsetof(struct lot, retry));
    lot->turn_since_ms = clock_monotonic_ms();
    lot->rounds = 0;
    fill_docket(lot);
    move(lot, LOT_BEGINNING);
}

static void ask(struct lot *lot, enum sql_query query, struct params *params, pool_callback callback)
{
    lot->desks->outstanding++;
    if (is_locked(lot))
        pool_transaction_run(lot->transaction, query, params, callback, lot);
    else
        pool_run(lot->desks->node->pool, query, params, callback, lot);
    params_finish(params);
}

static void ask_load(struct lot *lot)
{
    struct params params;
    ledger_load_params(&params, lot->auction_id);
    lot->answers_due++;
    ask(lot, is_locked(lot) ? SQL_LEDGER_LOAD_LOCKED : SQL_LEDGER_LOAD, &params, on_load_answer);
}

static void ask_facts(struct lot *lot)
{
    struct ledger_question questions[DESK_BATCH_MAX];
    struct params params;
    const struct docket *docket = lot->docket;
    for (size_t i = 0; i < docket->count; i++) {
        const struct desk_bid *bid = &docket->tickets[i]->bid;
        questions[i] = (struct ledger_question){bid->user, bid->bid.id};
    }
    ledger_facts_params(&params, lot->auction_id, questions, docket->count);
    lot->facts_asked_ms = clock_monotonic_ms(); /* the answer may be long on its way */
    lot->answers_due++;
    ask(lot, SQL_LEDGER_FACTS, &params, on_facts_answer);
}

static void ask_state_and_facts(struct lot *lot)
{
    lot->read_outcome = DB_DONE;
    lot->facts_seq = 0;
    ask_load(lot);
    if (lot->docket->count > 0)
        ask_facts(lot);
}

static void ask_append(struct lot *lot)
{
    struct params params;
    ledger_append_params(&params, lot->docket->batch);
    lot->asked_us = clock_monotonic_us();
    ask(lot, SQL_LEDGER_APPEND, &params, on_append_answer);
}

/* The only way from state to state; entering one asks its question. */
static void move(struct lot *lot, enum lot_state state)
{
    struct node *node = lot->desks->node;
    lot->state = state;
    switch (state) {
    case LOT_IDLE: lot_make_ready(lot); return;
    case LOT_READING:
    case LOT_LOCKED_READING: ask_state_and_facts(lot); return;
    case LOT_APPENDING:
    case LOT_LOCKED_APPENDING: ask_append(lot); return;
    case LOT_BEGINNING:
        lot->desks->outstanding++;
        pool_begin(node->pool, on_begun, lot);
        return;
    case LOT_COMMITTING:
        lot->desks->outstanding++;
        pool_commit(lot->transaction, on_commit_answer, lot);
        return;
    case LOT_PAUSING: wheel_set(node->wheel, &lot->retry, node_now_ms(node) + PAUSE_MS, on_retry); return;
    }
}
