/* A lot's desk goes through its turn as a state machine: what is under way at the database is in the state,
 * and its answer moves the desk on. The way without lock is the fast one and almost always the only one; the
 * way with the row's lock is taken after a conflict (so that a hot lot does not starve this writer) and after
 * an append whose end is unknown (so that a commit still in flight is waited out).
 *
 * The holder of the lot's lease leaves the read out for bids that it can accept: the state is that of its own
 * last append, and this append tells whether it still is (recall.h). Those it would refuse go into the next
 * turn, with a read.
 *
 * State and facts are asked for at once. Facts older than the state will not do: the memory of a bid accepted
 * in between through another node would be missing, and the bid be refused as its own competitor. So they
 * tell their age, and are asked for again if need be.
 *
 * A decided batch is answered and announced while the database already reads for the next one: on one lot the
 * database is what everybody waits for. */
#include "realtime/desk.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/audit.h"
#include "realtime/handover.h"
#include "realtime/herald.h"
#include "realtime/idmap.h"
#include "realtime/leases.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/recall.h"
#include "realtime/tickets.h"
#include "realtime/timekeeper.h"

#include <stdlib.h>
#include <string.h>

#define LOTS_MAX        4096
#define DESK_QUEUE_MAX  4096 /* bids waiting at one lot, and as many held */
#define ROUNDS_MAX      8    /* of one turn, before its bids are told that nothing could be decided */
#define PATIENCE_MS     5000 /* after which a bidder is told that we do not know, or cannot */
#define PAUSE_MS        100  /* between two attempts to reach a database that is away */
#define SWEEP_MS        1000
#define HELD_MOST_MS    10000 /* beyond the grace: then something is wrong, and waiting does not help */
#define CLIENT_TIME_MAX 4102444800000LL /* claims of the client beyond this are no times */

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

static void move(struct lot *lot, enum lot_state state);

/* ---- answers ---- */

/* A bid that was made before was not one of this minute's; but of one that may have come into the ledger
 * since it was handed in, nobody can say that. */
static void settle_admission(struct desks *desks, struct ticket *ticket)
{
    struct admission_answer *admission = &ticket->admission;
    if (ticket->answer.duplicate && !admission->limited && ticket->sent_since_ms == 0 &&
        admission->left >= 0) {
        admission_give_back(desks->admission, ticket->bid.user);
        admission->left++;
    }
    ticket->answer.bids_left = admission->left;
}

/* Answers a ticket, which is in no list any more, and frees it. What came from another node is counted, and
 * audited, by that node. */
static void answer(struct desks *desks, struct ticket *ticket)
{
    const struct desk_bid *bid = &ticket->bid;
    struct desk_answer *answer = &ticket->answer;
    int64_t skew_ms = bid->sent_at_ms != 0 && answer->received_at_ms != 0 && !answer->duplicate
                          ? bid->sent_at_ms - answer->received_at_ms
                          : 0;
    if (ticket->taken_in_until_ms == 0) {
        settle_admission(desks, ticket);
        audit_bid(desks->node->audit, bid->user, bid->auction_id, answer->verdict,
                  bid->bid.amount != 0 ? bid->bid.amount : bid->bid.maximum, bid->address, skew_ms);
        metrics_add(METRIC_BIDS, answer->verdict, 1);
    }
    desks->pending--;
    metrics_set(METRIC_DESK_PENDING, 0, desks->pending);
    ticket->callback(answer, ticket->context);
    free(ticket);
}

/* Without a decision: it is certain that nothing came of it, or it is not. */
static void answer_undecided(struct desks *desks, struct ticket *ticket)
{
    ticket->answer =
        (struct desk_answer){.verdict = ticket->sent_since_ms != 0 ? VERDICT_UNCERTAIN : VERDICT_UNAVAILABLE};
    answer(desks, ticket);
}

static void answer_all_undecided(struct desks *desks, struct tickets *tickets)
{
    struct ticket *ticket;
    while ((ticket = tickets_pop(tickets)) != NULL)
        answer_undecided(desks, ticket);
}

/* ---- a lot's work ---- */

static void on_idle(uv_idle_t *idle);
static void answer_done(struct desks *desks);

static void wake(struct desks *desks)
{
    if (!desks->ended)
        uv_idle_start(&desks->idle, on_idle);
}

static bool has_work(const struct lot *lot)
{
    return lot->queue.count > 0 || lot->close_wanted || lot->look_wanted;
}

/* An idle lot with work takes its turn when the loop comes round: by then all bids that came with one read of
 * the sockets have joined its queue. */
static void make_ready(struct lot *lot)
{
    if (lot->is_ready || lot->state != LOT_IDLE || !has_work(lot))
        return;
    lot->is_ready = true;
    lot->next_ready = lot->desks->ready;
    lot->desks->ready = lot;
    wake(lot->desks);
}

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
            wake(lot->desks);
        }
    }
}

/* ---- a turn without a read ---- */

/* The holder of the desk knows the state from its own last append. A bid that may be in the ledger already
 * must be looked up there. */
static bool may_presume(const struct lot *lot)
{
    const struct docket *docket = lot->docket;
    if (!lot->recall.is_good || lot->read_wanted || docket->close ||
        !leases_is_ours(lot->desks->node->leases, lot->auction_id))
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
    docket_presume(docket);
    put_doubted_back(lot);
    if (docket->count > 0)
        return true;
    docket_clear(docket);
    fill_docket(lot);
    return false;
}

static void start_turn(struct lot *lot)
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

static void on_idle(uv_idle_t *idle)
{
    struct desks *desks = idle->data;
    struct lot *lot = desks->ready;
    desks->ready = NULL;
    uv_idle_stop(&desks->idle);
    while (lot != NULL) {
        struct lot *next = lot->next_ready;
        lot->is_ready = false;
        start_turn(lot);
        lot = next;
    }
    answer_all_undecided(desks, &desks->rejected);
    answer_done(desks);
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
            answer_undecided(lot->desks, ticket);
    }
    docket->count = kept;
    answer_all_undecided(lot->desks, &lot->queue);
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

static void leave_transaction(struct lot *lot)
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
    wake(desks);
    if (has_work(lot))
        start_turn(lot);
    else
        move(lot, LOT_IDLE);
}

static void answer_docket(struct desks *desks, struct docket *docket)
{
    const struct auction *auction = ledger_batch_state(docket->batch);
    struct auction_view view = auction_view_of(auction, docket->lot.sale_id);
    for (size_t i = 0; i < docket->count; i++) {
        struct ticket *ticket = docket->tickets[i];
        ticket->answer.view = view;
        ticket->answer.leading = auction->leader == ticket->bid.user;
        if (ticket->answer.min_next_bid != 0) { /* what would be right now, after the whole batch */
            ticket->answer.min_next_bid = view.min_next_bid;
            ticket->answer.step = view.step;
        }
        answer(desks, ticket);
    }
    if (ledger_batch_count(docket->batch) > 0 && !desks->ended)
        herald_append(desks->node, docket);
}

/* Those done by now: what is done meanwhile waits for the next time. */
static void answer_done(struct desks *desks)
{
    struct docket *docket = desks->done;
    desks->done = NULL;
    desks->done_end = &desks->done;
    while (docket != NULL) {
        struct docket *next = docket->next;
        answer_docket(desks, docket);
        docket_clear(docket);
        free(docket);
        docket = next;
    }
}

static void finish_without_lot(struct lot *lot)
{
    struct docket *docket = lot->docket;
    while (docket->count > 0) {
        struct ticket *ticket = docket->tickets[--docket->count];
        ticket->answer = (struct desk_answer){.verdict = VERDICT_AUCTION_NOT_FOUND};
        answer(lot->desks, ticket);
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
    leave_transaction(lot);
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
    leave_transaction(lot);
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
        leave_transaction(lot);
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
    recall_facts(&lot->recall, lot->docket, clock_monotonic_ms());
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
        answer_undecided(lot->desks, docket->tickets[--docket->count]);
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
    leave_transaction(lot);
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
        leave_transaction(lot);
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

/* Counts the answer; true when the desks have ended meanwhile, with their lots answered already. */
static bool came_too_late(struct lot *lot);

static void on_load_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!came_too_late(lot))
        on_load(lot, result);
}

static void on_facts_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!came_too_late(lot))
        on_facts(lot, result);
}

static void on_append_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (came_too_late(lot))
        return;
    if (is_locked(lot))
        on_locked_append(lot, result);
    else
        on_append(lot, result);
}

static void on_commit_answer(const struct db_answer *result, void *context)
{
    struct lot *lot = context;
    if (!came_too_late(lot))
        on_commit(lot, result);
}

static void on_begun(struct pool_transaction *transaction, void *context)
{
    struct lot *lot = context;
    lot->transaction = transaction;
    if (came_too_late(lot))
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
    case LOT_IDLE: make_ready(lot); return;
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

/* ---- lots come and go ---- */

static void lot_free(struct lot *lot)
{
    recall_finish(&lot->recall);
    docket_clear(lot->docket);
    free(lot->docket);
    wheel_cancel(lot->desks->node->wheel, &lot->retry);
    idmap_remove(&lot->desks->lots, lot->auction_id);
    free(lot);
}

static bool is_forgettable(const struct lot *lot)
{
    return lot->state == LOT_IDLE && !lot->is_ready && !has_work(lot) && lot->held.count == 0;
}

static void forget_idle_lots(struct desks *desks)
{
    size_t cursor = 0;
    struct lot *lot;
    while ((lot = idmap_next(&desks->lots, &cursor)) != NULL) {
        if (!is_forgettable(lot))
            continue;
        lot_free(lot);
        cursor--; /* another may have moved into its place */
    }
}

/* NULL when there are too many. */
static struct lot *find_or_create(struct desks *desks, int64_t auction_id)
{
    struct lot *lot = idmap_get(&desks->lots, auction_id);
    if (lot != NULL)
        return lot;
    if (desks->lots.count >= LOTS_MAX)
        forget_idle_lots(desks);
    if (auction_id <= 0 || desks->lots.count >= LOTS_MAX)
        return NULL;
    lot = xcalloc(1, sizeof *lot);
    lot->desks = desks;
    lot->auction_id = auction_id;
    lot->batch_limit = DESK_BATCH_MAX;
    lot->docket = xcalloc(1, sizeof *lot->docket);
    tickets_init(&lot->queue);
    tickets_init(&lot->held);
    idmap_put(&desks->lots, auction_id, lot);
    return lot;
}

/* A held bid that nobody ever came back to: the lot's end could not be brought about. */
static void expire_held(struct lot *lot, int64_t now_us)
{
    int64_t most_us = (lot->grace_ms + HELD_MOST_MS) * 1000;
    struct ticket *ticket;
    while ((ticket = lot->held.first) != NULL && now_us - ticket->since_us > most_us) {
        tickets_pop(&lot->held);
        lot->desks->held--;
        answer_undecided(lot->desks, ticket);
    }
    metrics_set(METRIC_BIDS_HELD, 0, lot->desks->held);
}

static void on_sweep(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct desks *desks = (struct desks *)((char *)timer - offsetof(struct desks, sweep));
    int64_t now_ms = node_now_ms(desks->node), now_us = clock_monotonic_us();
    size_t cursor = 0;
    struct lot *lot;
    while ((lot = idmap_next(&desks->lots, &cursor)) != NULL) {
        expire_held(lot, now_us);
        recall_sweep(&lot->recall, now_us / 1000);
    }
    forget_idle_lots(desks);
    admission_sweep(desks->admission);
    wheel_set(desks->node->wheel, timer, now_ms + SWEEP_MS, on_sweep);
}

/* ---- what others ask ---- */

static struct ticket *make_ticket(struct desks *desks, const struct desk_bid *bid, desk_callback callback,
                                  void *context)
{
    struct ticket *ticket = xcalloc(1, sizeof *ticket);
    ticket->bid = *bid;
    if (bid->sent_at_ms < 0 || bid->sent_at_ms > CLIENT_TIME_MAX)
        ticket->bid.sent_at_ms = 0;
    ticket->callback = callback;
    ticket->context = context;
    ticket->since_us = clock_monotonic_us();
    desks->pending++;
    metrics_set(METRIC_DESK_PENDING, 0, desks->pending);
    return ticket;
}

static void enqueue(struct desks *desks, struct ticket *ticket)
{
    struct lot *lot = find_or_create(desks, ticket->bid.auction_id);
    if (lot == NULL || lot->queue.count >= DESK_QUEUE_MAX) {
        tickets_push(&desks->rejected, ticket);
        wake(desks);
        return;
    }
    tickets_push(&lot->queue, ticket);
    make_ready(lot);
}

/* To the desk of its lot, wherever that is. */
static void route(struct desks *desks, struct ticket *ticket)
{
    const char *holder = leases_holder(desks->node->leases, ticket->bid.auction_id);
    if (holder == NULL || !handover_send(desks->handover, holder, &ticket->bid, &ticket->admission, ticket))
        enqueue(desks, ticket);
}

static void on_admission(void *bid, const struct admission_answer *given, void *context)
{
    struct desks *desks = context;
    struct ticket *ticket = bid;
    ticket->admission = *given;
    if (desks->ended)
        answer_undecided(desks, ticket);
    else
        route(desks, ticket);
}

void desk_bid(struct desks *desks, const struct desk_bid *bid, desk_callback callback, void *context)
{
    struct ticket *ticket = make_ticket(desks, bid, callback, context);
    if (!admission_ask(desks->admission, bid->user, ticket, &ticket->admission))
        route(desks, ticket);
}

void desk_take_in(struct desks *desks, const struct desk_bid *bid, const struct admission_answer *admission,
                  int64_t until_ms, desk_callback callback, void *context)
{
    struct ticket *ticket = make_ticket(desks, bid, callback, context);
    ticket->admission = *admission;
    ticket->taken_in_until_ms = until_ms;
    enqueue(desks, ticket);
}

bool desks_hear(struct desks *desks, const char *channel, const char *text, size_t size)
{
    return handover_hear(desks->handover, channel, text, size);
}

static void on_answered_elsewhere(void *bid, const struct desk_answer *given, void *context)
{
    struct ticket *ticket = bid;
    ticket->answer = *given;
    answer(context, ticket);
}

static void on_returned(void *bid, enum handover_end end, void *context)
{
    struct desks *desks = context;
    struct ticket *ticket = bid;
    if (end == HANDOVER_UNHEARD)
        ticket->sent_since_ms = clock_monotonic_ms();
    if (desks->ended)
        answer_undecided(desks, ticket);
    else
        enqueue(desks, ticket);
}

static const struct handover_hooks handover_hooks = {on_answered_elsewhere, on_returned};

void desk_close(struct desks *desks, int64_t auction_id)
{
    struct lot *lot = find_or_create(desks, auction_id);
    if (lot == NULL)
        return;
    lot->close_wanted = true;
    make_ready(lot);
}

void desk_moved(struct desks *desks, int64_t auction_id)
{
    struct lot *lot = idmap_get(&desks->lots, auction_id);
    if (lot == NULL)
        return;
    recall_spoil(&lot->recall);
    if (lot->held.count == 0)
        return;
    lot->look_wanted = true;
    make_ready(lot);
}

int desks_pending(const struct desks *desks)
{
    return desks->pending;
}

/* ---- life ---- */

struct desks *desks_create(struct node *node)
{
    struct desks *desks = xcalloc(1, sizeof *desks);
    desks->node = node;
    desks->admission = admission_create(node, on_admission, desks);
    desks->handover = handover_create(node, &handover_hooks, desks);
    tickets_init(&desks->rejected);
    desks->done_end = &desks->done;
    uv_idle_init(node->loop, &desks->idle);
    desks->idle.data = desks;
    wheel_set(node->wheel, &desks->sweep, 0, on_sweep);
    return desks;
}

static void free_when_done(struct desks *desks)
{
    if (!desks->ended || !desks->closed || desks->outstanding > 0)
        return;
    size_t cursor = 0;
    struct lot *lot;
    while ((lot = idmap_next(&desks->lots, &cursor)) != NULL) {
        recall_finish(&lot->recall);
        docket_clear(lot->docket);
        free(lot->docket);
        free(lot);
    }
    idmap_finish(&desks->lots);
    free(desks);
}

static bool came_too_late(struct lot *lot)
{
    struct desks *desks = lot->desks;
    desks->outstanding--;
    if (!desks->ended)
        return false;
    if (lot->state != LOT_COMMITTING && --lot->answers_due <= 0)
        leave_transaction(lot);
    free_when_done(desks);
    return true;
}

/* An append under way may still be carried out: those in it cannot be told that nothing happened. */
static void end_lot(struct lot *lot)
{
    struct docket *docket = lot->docket;
    if (lot->state == LOT_APPENDING || lot->state == LOT_COMMITTING)
        docket_mark_sent(docket, clock_monotonic_ms());
    while (docket->count > 0)
        answer_undecided(lot->desks, docket->tickets[--docket->count]);
    answer_all_undecided(lot->desks, &lot->queue);
    answer_all_undecided(lot->desks, &lot->held);
    wheel_cancel(lot->desks->node->wheel, &lot->retry);
}

static void on_closed(uv_handle_t *handle)
{
    struct desks *desks = handle->data;
    desks->closed = true;
    free_when_done(desks);
}

void desks_destroy(struct desks **desks)
{
    if (*desks == NULL)
        return;
    struct desks *ending = *desks;
    *desks = NULL;
    ending->ended = true;
    handover_destroy(&ending->handover);
    size_t cursor = 0;
    struct lot *lot;
    while ((lot = idmap_next(&ending->lots, &cursor)) != NULL)
        end_lot(lot);
    answer_all_undecided(ending, &ending->rejected);
    answer_done(ending);
    admission_destroy(&ending->admission);
    wheel_cancel(ending->node->wheel, &ending->sweep);
    uv_close((uv_handle_t *)&ending->idle, on_closed);
}
