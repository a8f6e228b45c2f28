/* The ladder of bid steps: how much the next bid must add, by price. A sale may set its own. */
#pragma once

#include "core/domain/money.h"

#define LADDER_RUNGS_MAX 16

/** Below `below` yen the step is `step` yen; the last rung has `below` 0: no upper end. */
struct ladder_rung {
    yen below;
    yen step;
};

struct ladder {
    int count;
    struct ladder_rung rungs[LADDER_RUNGS_MAX];
};

/** The house's ladder (product.md, "Steps"): 10,000 under 1,000,000 … 5,000,000 from 100,000,000 up. */
extern const struct ladder ladder_default;

/** True when there is a rung, the ends rise, only the last is open, every step is positive and a multiple of
 * the first, and no number is over MONEY_MAX. The functions below take a valid ladder. */
bool ladder_is_valid(const struct ladder *ladder);

/** The step at `price`. */
yen ladder_step(const struct ladder *ladder, yen price);

/** The smallest step, of which start prices and reserves are multiples. */
yen ladder_smallest(const struct ladder *ladder);

/**
 * True when `amount` is reached from `from` by adding whole steps (check 9), each step being the ladder's at
 * the price reached so far, or `fixed_step` throughout when that is not 0. O(rungs).
 */
bool ladder_reaches(const struct ladder *ladder, yen fixed_step, yen from, yen amount);
