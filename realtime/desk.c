/* What one lot's desk does in its turn stands in desk_turn.c; here bids come in, from clients and from other
 * nodes, lots take turns, and answers go out. */
#include "realtime/desk_internal.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "realtime/audit.h"
#include "realtime/handover.h"
#include "realtime/herald.h"
#include "realtime/idmap.h"
#include "realtime/leases.h"
#include "realtime/metric.h"

#include <stdlib.h>

#define LOTS_MAX        4096
#define SWEEP_MS        1000
#define HELD_MOST_MS    10000 /* beyond the grace: then something is wrong, and waiting does not help */
#define CLIENT_TIME_MAX 4102444800000LL /* claims of the client beyond this are no times */

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

void desks_answer(struct desks *desks, struct ticket *ticket)
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

void desks_answer_undecided(struct desks *desks, struct ticket *ticket)
{
    ticket->answer =
        (struct desk_answer){.verdict = ticket->sent_since_ms != 0 ? VERDICT_UNCERTAIN : VERDICT_UNAVAILABLE};
    desks_answer(desks, ticket);
}

void desks_answer_all_undecided(struct desks *desks, struct tickets *tickets)
{
    struct ticket *ticket;
    while ((ticket = tickets_pop(tickets)) != NULL)
        desks_answer_undecided(desks, ticket);
}

/* ---- turns ---- */

static void on_idle(uv_idle_t *idle);
static void answer_done(struct desks *desks);

void desks_wake(struct desks *desks)
{
    if (!desks->ended)
        uv_idle_start(&desks->idle, on_idle);
}

bool lot_has_work(const struct lot *lot)
{
    return lot->queue.count > 0 || lot->close_wanted || lot->look_wanted;
}

void lot_make_ready(struct lot *lot)
{
    if (lot->is_ready || lot->state != LOT_IDLE || !lot_has_work(lot))
        return;
    lot->is_ready = true;
    lot->next_ready = lot->desks->ready;
    lot->desks->ready = lot;
    desks_wake(lot->desks);
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
        turn_start(lot);
        lot = next;
    }
    desks_answer_all_undecided(desks, &desks->rejected);
    answer_done(desks);
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
        desks_answer(desks, ticket);
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
    return lot->state == LOT_IDLE && !lot->is_ready && !lot_has_work(lot) && lot->held.count == 0;
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
        desks_answer_undecided(lot->desks, ticket);
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
        desks_wake(desks);
        return;
    }
    tickets_push(&lot->queue, ticket);
    lot_make_ready(lot);
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
        desks_answer_undecided(desks, ticket);
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
    desks_answer(context, ticket);
}

static void on_returned(void *bid, enum handover_end end, void *context)
{
    struct desks *desks = context;
    struct ticket *ticket = bid;
    if (end == HANDOVER_UNHEARD)
        ticket->sent_since_ms = clock_monotonic_ms();
    if (desks->ended)
        desks_answer_undecided(desks, ticket);
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
    lot_make_ready(lot);
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
    lot_make_ready(lot);
}

int desk_queue(const struct desks *desks, int64_t auction_id)
{
    const struct lot *lot = idmap_get(&desks->lots, auction_id);
    return lot != NULL ? (int)(lot->queue.count + lot->held.count + lot->docket->count) : 0;
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

bool desks_too_late(struct lot *lot)
{
    struct desks *desks = lot->desks;
    desks->outstanding--;
    if (!desks->ended)
        return false;
    if (lot->state != LOT_COMMITTING && --lot->answers_due <= 0)
        turn_leave_transaction(lot);
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
        desks_answer_undecided(lot->desks, docket->tickets[--docket->count]);
    desks_answer_all_undecided(lot->desks, &lot->queue);
    desks_answer_all_undecided(lot->desks, &lot->held);
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
    desks_answer_all_undecided(ending, &ending->rejected);
    answer_done(ending);
    admission_destroy(&ending->admission);
    wheel_cancel(ending->node->wheel, &ending->sweep);
    uv_close((uv_handle_t *)&ending->idle, on_closed);
}
