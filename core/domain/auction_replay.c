/* The standing as if one bid had never been made: the heart of an undo. The lot's row is locked meanwhile,
 * and a hot lot has very many events, so all is done in two passes. */
#include "core/base/alloc.h"
#include "core/domain/settle.h"

#include <stdlib.h>

/* What the replay knows at one point of the history. */
struct replay {
    struct auction_standing standing;
    struct settle_terms terms;
};

/* For each event whether it is one that was, or is to be, taken back; the caller frees them. The history
 * begins with seq 1. */
static bool *find_retracted(const struct auction_event *history, size_t count, int64_t without_seq)
{
    bool *retracted = xcalloc(count + 1, sizeof *retracted);
    for (size_t i = 0; i < count; i++) {
        int64_t seq = history[i].kind == EVENT_BID_RETRACTED ? history[i].cause : 0;
        if (seq > 0 && seq <= (int64_t)count)
            retracted[seq - 1] = true;
    }
    if (without_seq > 0 && without_seq <= (int64_t)count)
        retracted[without_seq - 1] = true;
    return retracted;
}

/* A bid or raise at the amounts given; what was the leader's own raise may now be a bid, and the other way
 * round. */
static void replay_bid(struct replay *replay, const struct auction_event *event)
{
    struct auction_standing *standing = &replay->standing;
    const struct settle_terms *terms = &replay->terms;
    yen maximum = event->maximum > event->given_amount ? event->maximum : event->given_amount;
    struct settlement settlement;

    if (standing->leader == event->user && standing->leader != 0) {
        settle_raise(standing, terms, maximum, &settlement);
    } else {
        yen least = settle_min_next_bid(terms, standing->price);
        yen amount = event->given_amount != 0 ? event->given_amount : least < maximum ? least : maximum;
        if (amount <= standing->price)
            return;
        settle_bid(standing, terms, event->user, event->paddle, amount, maximum, &settlement);
    }
    *standing = settlement.after;
}

struct auction_standing auction_replay(const struct auction_event *history, size_t count, int64_t without_seq)
{
    struct replay replay = {.terms = {.ladder = &ladder_default}};
    bool *retracted = find_retracted(history, count, without_seq);
    for (size_t i = 0; i < count; i++) {
        const struct auction_event *event = &history[i];
        switch (event->kind) {
        case EVENT_SCHEDULED:
            replay.terms.ladder = &event->terms->ladder;
            replay.terms.start_price = event->terms->start_price;
            replay.terms.reserve = event->reserve;
            break;
        case EVENT_STEP_CHANGED:
            replay.terms.step_override = event->step;
            if (event->start_price > 0)
                replay.terms.start_price = event->start_price;
            break;
        case EVENT_RESERVE_CHANGED: replay.terms.reserve = event->reserve; break;
        case EVENT_REOPENED: replay.standing.leader_max = replay.standing.price; break;
        case EVENT_BID:
        case EVENT_RAISED:
            if (!event->automatic && !retracted[i])
                replay_bid(&replay, event);
            break;
        case EVENT_MAXIMUM_LEFT:
        case EVENT_STARTED:
        case EVENT_EXTENDED:
        case EVENT_PAUSED:
        case EVENT_RESUMED:
        case EVENT_BID_RETRACTED:
        case EVENT_MESSAGE:
        case EVENT_WARNED:
        case EVENT_HAMMERED:
        case EVENT_SOLD:
        case EVENT_PASSED:
        case EVENT_WITHDRAWN:
        case EVENT_KIND_COUNT: break;
        }
    }
    free(retracted);
    return replay.standing;
}
