/* Why nothing that was finally refused can come to be accepted, and nothing counts twice, whatever happens
 * between this node (O), which has the client, and the holder (H). There are never more than two copies of a
 * bid: O's, and the one in H's inbox, which only this incarnation of H reads, and reads once. What joins them
 * is the bid's unique key in the ledger, under which one verdict can stand.
 *
 * - H answers in time: O's copy is gone, H's verdict is the client's. H commits its refusals under the key,
 * so that no copy however late can overturn them (but refusals by checks 1 and 4, which leave nothing: a
 * flood must not fill the ledger).
 * - No answer for 100 ms: O decides, and takes the bid for sent from then on: its acceptance and its refusal
 *   are both committed under the key, and without a commit the client hears UNCERTAIN. H may decide too:
 *   whoever appends second meets the key, reads the first verdict and gives that. Both therefore say the
 * same.
 * - The answer comes late, or twice: nobody waits for this number any more: it is dropped. O's own decision
 *   finds H's in the ledger.
 * - H died: its inbox is read by nobody (another incarnation has another) and expires; what H had appended, O
 *   finds by the key.
 * - H was stopped, and comes back: bids in its inbox are past their deadline and dropped; an append that it
 * had ready meets a newer seq, or the key: even a refusal that O committed in between, which does not move
 * the seq, is met. Its lease has ended by its own clock.
 * - Redis lost the bid: no answer: as above.
 * - O died: H's verdict stands; the client asks again with the same bidId.
 *
 * An answer UNAVAILABLE or UNCERTAIN of H's is none: O tries itself. */
#include "realtime/handover.h"

#include "core/base/alloc.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "realtime/bid_letter.h"
#include "realtime/clocksync.h"
#include "realtime/inbox.h"
#include "realtime/leases.h"
#include "realtime/metric.h"
#include "realtime/node.h"
#include "realtime/outstanding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTSTANDING_MAX 4096
#define PATIENCE_MS     100 /* a lot's closeGraceMs exceeds three times this */

/* One bid on its way. */
struct parcel {
    void *bid;
    int64_t auction_id;
    int64_t sent_us;
    char holder[LEASE_NAME_SIZE];
};

struct handover {
    struct node *node;
    const struct handover_hooks *hooks;
    void *context;
    struct outstanding *outstanding; /* of struct parcel, owned */
    struct wheel_timer timer;
    int confirmations; /* that Redis still owes */
    bool ended;
};

/* Of Redis, that the bid stands in the inbox. */
struct confirmation {
    struct handover *handover;
    int64_t number;
};

static void count_outstanding(const struct handover *handover)
{
    metrics_set(METRIC_HANDED_OVER_NOW, 0, (int64_t)outstanding_count(handover->outstanding));
}

static void give_back(struct handover *handover, struct parcel *parcel, enum handover_end end)
{
    metrics_add(METRIC_HANDED_OVER,
                end == HANDOVER_UNHEARD ? METRIC_HANDOVER_UNHEARD : METRIC_HANDOVER_NOT_SENT, 1);
    count_outstanding(handover);
    handover->hooks->returned(parcel->bid, end, handover->context);
    free(parcel);
}

static void on_due(struct wheel_timer *timer, void *context);

static void arm(struct handover *handover)
{
    struct node *node = handover->node;
    int64_t due_ms = outstanding_due_ms(handover->outstanding);
    int64_t wait_ms = due_ms - clock_monotonic_ms();
    if (due_ms == INT64_MAX)
        wheel_cancel(node->wheel, &handover->timer);
    else
        wheel_set(node->wheel, &handover->timer, node_now_ms(node) + (wait_ms > 0 ? wait_ms : 0), on_due);
}

static void on_due(struct wheel_timer *timer, void *context)
{
    (void)context;
    struct handover *handover = (struct handover *)((char *)timer - offsetof(struct handover, timer));
    int64_t now_ms = clock_monotonic_ms();
    struct parcel *parcel;
    while ((parcel = outstanding_take_due(handover->outstanding, now_ms)) != NULL) {
        leases_doubt(handover->node->leases, parcel->auction_id, parcel->holder);
        give_back(handover, parcel, HANDOVER_UNHEARD);
    }
    arm(handover);
}

/* ---- sending ---- */

/* No entry's id: there is no such inbox (or Redis refused): nobody will ever see the bid. No reply at all:
 * whether it stands there, nobody knows. */
static void on_confirmation(const redisReply *reply, void *context)
{
    struct confirmation *confirmation = context;
    struct handover *handover = confirmation->handover;
    int64_t number = confirmation->number;
    bool stands = reply != NULL && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
    free(confirmation);
    handover->confirmations--;
    if (handover->ended) {
        if (handover->confirmations == 0)
            free(handover);
        return;
    }
    if (stands)
        return;
    struct parcel *parcel = outstanding_take(handover->outstanding, number);
    if (parcel == NULL)
        return;
    leases_doubt(handover->node->leases, parcel->auction_id, parcel->holder);
    give_back(handover, parcel, reply == NULL ? HANDOVER_UNHEARD : HANDOVER_NOT_SENT);
}

static void post(struct handover *handover, const char *holder, int64_t number, const struct desk_bid *what,
                 const struct admission_answer *admission)
{
    struct node *node = handover->node;
    struct bid_letter letter = {
        .number = number,
        .deadline_ms = node_now_ms(node) + PATIENCE_MS,
        .uncertainty_ms = clocksync_uncertainty_ms(node->clocksync, clock_monotonic_us()),
        .admission = *admission,
        .bid = *what,
    };
    char text[BID_LETTER_MAX];
    struct buffer out;
    snprintf(letter.from, sizeof letter.from, "%s", node->identity);
    buffer_init_fixed(&out, text, sizeof text);
    bid_letter_write(&letter, &out);
    struct confirmation *confirmation = xmalloc(sizeof *confirmation);
    *confirmation = (struct confirmation){handover, number};
    handover->confirmations++;
    inbox_post(node, holder, out.data, out.size, on_confirmation, confirmation);
}

bool handover_send(struct handover *handover, const char *holder, const struct desk_bid *what,
                   const struct admission_answer *admission, void *bid)
{
    struct parcel *parcel = xmalloc(sizeof *parcel);
    *parcel = (struct parcel){.bid = bid, .auction_id = what->auction_id, .sent_us = clock_monotonic_us()};
    snprintf(parcel->holder, sizeof parcel->holder, "%s", holder);
    int64_t number = outstanding_put(handover->outstanding, parcel, clock_monotonic_ms());
    if (number == 0) {
        free(parcel);
        return false;
    }
    post(handover, parcel->holder, number, what, admission);
    count_outstanding(handover);
    if (!wheel_is_set(&handover->timer))
        arm(handover);
    return true;
}

/* ---- answers ---- */

static void take_answer(struct handover *handover, int64_t number, const struct desk_answer *answer)
{
    struct parcel *parcel = outstanding_take(handover->outstanding, number);
    if (parcel == NULL) {
        metrics_add(METRIC_HANDED_OVER, METRIC_HANDOVER_LATE, 1);
        return;
    }
    metrics_observe_us(METRIC_HANDOVER_TIME, 0, clock_monotonic_us() - parcel->sent_us);
    if (answer->verdict == VERDICT_UNAVAILABLE || answer->verdict == VERDICT_UNCERTAIN) {
        give_back(handover, parcel, HANDOVER_UNHEARD);
        return;
    }
    metrics_add(METRIC_HANDED_OVER, METRIC_HANDOVER_ANSWERED, 1);
    count_outstanding(handover);
    handover->hooks->answered(parcel->bid, answer, handover->context);
    free(parcel);
}

bool handover_hear(struct handover *handover, const char *channel, const char *text, size_t size)
{
    char own[INBOX_NAME_SIZE];
    inbox_answers_of(handover->node->identity, own);
    if (strcmp(channel, own) != 0)
        return false;
    struct desk_answer answer;
    int64_t number;
    if (bid_answer_read(text, size, &number, &answer))
        take_answer(handover, number, &answer);
    else
        log_warn("an answer of another node's desk is not understood");
    return true;
}

/* ---- life ---- */

struct handover *handover_create(struct node *node, const struct handover_hooks *hooks, void *context)
{
    struct handover *handover = xcalloc(1, sizeof *handover);
    char own[INBOX_NAME_SIZE];
    *handover = (struct handover){.node = node, .hooks = hooks, .context = context};
    handover->outstanding = outstanding_create(OUTSTANDING_MAX, PATIENCE_MS);
    inbox_answers_of(node->identity, own);
    redis_subscribe(node->redis, own);
    return handover;
}

void handover_destroy(struct handover **handover)
{
    if (*handover == NULL)
        return;
    struct handover *ending = *handover;
    struct parcel *parcel;
    *handover = NULL;
    while ((parcel = outstanding_take_due(ending->outstanding, INT64_MAX - 1)) != NULL)
        give_back(ending, parcel, HANDOVER_UNHEARD);
    outstanding_destroy(&ending->outstanding);
    wheel_cancel(ending->node->wheel, &ending->timer);
    ending->ended = true;
    if (ending->confirmations == 0)
        free(ending);
}
