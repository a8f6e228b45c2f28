/* Steps by price. A step is taken at the price reached so far, so one that begins below a rung's end may
 * overshoot it, or even skip the next rung when that is narrower than the step: ladder_reaches follows
 * exactly that, a rung at a time. */
#include "core/domain/ladder.h"

/* clang-format off */
const struct ladder ladder_default = {
    .count = 6,
    .rungs = {
        {.below =   1000000, .step =   10000},
        {.below =   5000000, .step =   50000},
        {.below =  10000000, .step =  100000},
        {.below =  50000000, .step =  500000},
        {.below = 100000000, .step = 1000000},
        {.below =         0, .step = 5000000},
    },
};
/* clang-format on */

static bool rung_is_valid(const struct ladder *ladder, int index)
{
    const struct ladder_rung *rung = &ladder->rungs[index];
    if (!money_is_amount(rung->step) || rung->step % ladder->rungs[0].step != 0)
        return false;
    if (index == ladder->count - 1)
        return rung->below == 0;
    yen previous = index == 0 ? 0 : ladder->rungs[index - 1].below;
    return money_is_amount(rung->below) && rung->below > previous;
}

bool ladder_is_valid(const struct ladder *ladder)
{
    if (ladder->count < 1 || ladder->count > LADDER_RUNGS_MAX)
        return false;
    for (int i = 0; i < ladder->count; i++)
        if (!rung_is_valid(ladder, i))
            return false;
    return true;
}

yen ladder_step(const struct ladder *ladder, yen price)
{
    int i = 0;
    while (i < ladder->count - 1 && price >= ladder->rungs[i].below)
        i++;
    return ladder->rungs[i].step;
}

yen ladder_smallest(const struct ladder *ladder)
{
    return ladder->rungs[0].step;
}

bool ladder_reaches(const struct ladder *ladder, yen fixed_step, yen from, yen amount)
{
    if (amount < from)
        return false;
    if (fixed_step != 0)
        return (amount - from) % fixed_step == 0;

    yen reached = from;
    for (int i = 0; i < ladder->count - 1; i++) {
        const struct ladder_rung *rung = &ladder->rungs[i];
        if (reached >= rung->below)
            continue;
        yen steps = (rung->below - reached + rung->step - 1) / rung->step;
        yen end = reached + steps * rung->step; /* the first price at or over the rung's end */
        if (amount <= end)
            return (amount - reached) % rung->step == 0;
        reached = end;
    }
    return (amount - reached) % ladder->rungs[ladder->count - 1].step == 0;
}
