/* See settle.h. The rule (product.md, "Maximum bids"): the higher maximum leads, at one step over the lower
 * one but never over its own; of equal maxima the earlier leads; a maximum that reaches the reserve goes
 * straight to it, one below it is placed in full. It follows that below the reserve price and leader's
 * maximum are always equal. */
#include "core/domain/settle.h"

static yen lower(yen a, yen b)
{
    return a < b ? a : b;
}

struct settle_terms settle_terms_of(const struct auction *auction)
{
    return (struct settle_terms){
        .ladder = &auction->terms.ladder,
        .step_override = auction->step_override,
        .start_price = auction->terms.start_price,
        .reserve = auction->reserve,
    };
}

yen settle_step(const struct settle_terms *terms, yen price)
{
    return terms->step_override > 0 ? terms->step_override : ladder_step(terms->ladder, price);
}

yen settle_min_next_bid(const struct settle_terms *terms, yen price)
{
    return price == 0 ? terms->start_price : price + settle_step(terms, price);
}

/* Adds a line and makes it the standing. */
static void lead(struct settlement *out, int64_t user, int paddle, yen amount, yen maximum, bool automatic)
{
    out->lines[out->count++] = (struct settle_line){user, paddle, amount, maximum, automatic};
    out->after.price = amount;
    out->after.leader = user;
    out->after.leader_paddle = paddle;
    out->after.leader_max = maximum;
}

/* Lifts the leader towards the reserve as far as the maximum goes. */
static void lift_to_reserve(struct settlement *out, yen reserve)
{
    struct auction_standing *after = &out->after;
    if (after->price >= reserve)
        return;
    yen target = lower(after->leader_max, reserve);
    if (target <= after->price)
        return;
    struct settle_line *last = out->count > 0 ? &out->lines[out->count - 1] : NULL;
    if (last != NULL && last->automatic && last->user == after->leader) {
        last->amount = target;
        after->price = target;
        return;
    }
    lead(out, after->leader, after->leader_paddle, target, after->leader_max, true);
}

void settle_bid(const struct auction_standing *before, const struct settle_terms *terms, int64_t user,
                int paddle, yen amount, yen maximum, struct settlement *out)
{
    out->after = *before;
    out->count = 0;
    out->after.bid_count++;
    lead(out, user, paddle, amount, maximum, false);

    const yen standing = before->leader_max;
    if (before->leader == 0 || standing < amount) {
        lift_to_reserve(out, terms->reserve);
    } else if (maximum > standing) {
        lead(out, before->leader, before->leader_paddle, standing, standing, true);
        lead(out, user, paddle, lower(maximum, standing + settle_step(terms, standing)), maximum, true);
        lift_to_reserve(out, terms->reserve);
    } else {
        if (maximum > amount)
            lead(out, user, paddle, maximum, maximum, true);
        lead(out, before->leader, before->leader_paddle,
             lower(standing, maximum + settle_step(terms, maximum)), standing, true);
    }
}

void settle_raise(const struct auction_standing *before, const struct settle_terms *terms, yen maximum,
                  struct settlement *out)
{
    out->after = *before;
    out->count = 0;
    if (maximum > out->after.leader_max)
        out->after.leader_max = maximum;
    lift_to_reserve(out, terms->reserve);
}
