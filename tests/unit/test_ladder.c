/* The ladder: every boundary of the default one, what a sale may set, and check 9 of a bid (reached by whole
 * steps) against the plainest possible walk. */
#include "core/domain/ladder.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct {
    yen price, step;
} default_steps[] = {
    {0,         10000  },
    {1,         10000  },
    {999999,    10000  },
    {1000000,   50000  },
    {4999999,   50000  },
    {5000000,   100000 },
    {9999999,   100000 },
    {10000000,  500000 },
    {49999999,  500000 },
    {50000000,  1000000},
    {99999999,  1000000},
    {100000000, 5000000},
    {MONEY_MAX, 5000000},
};

START_TEST(the_default_ladder_has_the_steps_of_the_rules)
{
    ck_assert(ladder_is_valid(&ladder_default));
    ck_assert_int_eq(ladder_smallest(&ladder_default), 10000);
    ck_assert_int_eq(ladder_step(&ladder_default, default_steps[_i].price), default_steps[_i].step);
}
END_TEST

static const struct {
    const char *why;
    struct ladder ladder;
    bool valid;
} ladders[] = {
    {"one open rung",                           {1, {{0, 1000}}},                               true },
    {"two rungs",                               {2, {{50000, 1000}, {0, 5000}}},                true },
    {"steps may fall",                          {3, {{50000, 1000}, {90000, 5000}, {0, 2000}}}, true },
    {"the largest numbers",                     {2, {{MONEY_MAX, 1}, {0, MONEY_MAX}}},          true },
    {"no rung",                                 {0, {{0, 1000}}},                               false},
    {"a negative count",                        {-1, {{0, 1000}}},                              false},
    {"too many rungs",                          {LADDER_RUNGS_MAX + 1, {{1000, 1000}}},         false},
    {"a closed last rung",                      {1, {{50000, 1000}}},                           false},
    {"an open rung before the last",            {2, {{0, 1000}, {0, 5000}}},                    false},
    {"a negative end",                          {2, {{-5, 1000}, {0, 5000}}},                   false},
    {"equal ends",                              {3, {{50000, 1000}, {50000, 2000}, {0, 5000}}}, false},
    {"falling ends",                            {3, {{50000, 1000}, {40000, 2000}, {0, 5000}}}, false},
    {"a step of zero",                          {1, {{0, 0}}},                                  false},
    {"a step of zero higher up",                {2, {{50000, 1000}, {0, 0}}},                   false},
    {"a negative step",                         {2, {{50000, 1000}, {0, -1000}}},               false},
    {"a step that is no multiple of the first", {2, {{50000, 1000}, {0, 1500}}},                false},
    {"a step over the limit",                   {1, {{0, MONEY_MAX + 1}}},                      false},
    {"an end over the limit",                   {2, {{MONEY_MAX + 1, 1000}, {0, 1000}}},        false},
};

START_TEST(a_ladder_is_valid_only_by_the_rules)
{
    ck_assert_msg(ladder_is_valid(&ladders[_i].ladder) == ladders[_i].valid, "%s", ladders[_i].why);
}
END_TEST

START_TEST(sixteen_rungs_are_allowed)
{
    struct ladder ladder = {.count = LADDER_RUNGS_MAX};
    for (int i = 0; i < LADDER_RUNGS_MAX; i++)
        ladder.rungs[i] = (struct ladder_rung){.below = (i + 1) * 10000, .step = 1000 * (i + 1)};
    ck_assert(!ladder_is_valid(&ladder));
    ladder.rungs[LADDER_RUNGS_MAX - 1].below = 0;
    ck_assert(ladder_is_valid(&ladder));
}
END_TEST

static const struct {
    yen fixed, from, amount;
    bool reached;
} reaches[] = {
    {0,     500000,    500000,        true },
    {0,     500000,    490000,        false},
    {0,     500000,    505000,        false},
    {0,     990000,    1000000,       true },
    {0,     990000,    1050000,       true }, /* 10,000 to 1,000,000, then 50,000 */
    {0,     990000,    1010000,       false},
    {0,     995000,    1005000,       true }, /* a step begun below the end overshoots it,
  and the next is counted from there */
    {0,     995000,    1055000,       true },
    {0,     995000,    1000000,       false},
    {0,     4980000,   5030000,       true },
    {0,     4980000,   5130000,       true },
    {0,     4980000,   5100000,       false},
    {0,     500000,    105000000,     true },
    {0,     500000,    104000000,     false},
    {0,     100000000, MONEY_MAX,     true },
    {0,     100000000, MONEY_MAX - 1, false},
    {30000, 500000,    500000,        true },
    {30000, 500000,    530000,        true },
    {30000, 500000,    1100000,       true },
    {30000, 500000,    510000,        false},
    {30000, 500000,    470000,        false},
};

START_TEST(whole_steps_reach_what_the_rules_say)
{
    bool reached = ladder_reaches(&ladder_default, reaches[_i].fixed, reaches[_i].from, reaches[_i].amount);
    ck_assert_msg(reached == reaches[_i].reached, "row %d", _i);
}
END_TEST

START_TEST(a_step_may_skip_a_rung_that_is_narrower_than_itself)
{
    const struct ladder ladder = {
        3, {{100, 60}, {110, 120}, {0, 180}}
    };
    ck_assert(ladder_is_valid(&ladder));
    ck_assert(ladder_reaches(&ladder, 0, 0, 120));
    ck_assert(ladder_reaches(&ladder, 0, 0, 300));
    ck_assert(!ladder_reaches(&ladder, 0, 0, 240));
}
END_TEST

static bool walk_reaches(const struct ladder *ladder, yen fixed_step, yen from, yen amount)
{
    yen at = from;
    while (at < amount)
        at += fixed_step != 0 ? fixed_step : ladder_step(ladder, at);
    return at == amount;
}

static struct ladder random_ladder(unsigned short seed[3])
{
    struct ladder ladder = {.count = 1 + (int)(nrand48(seed) % LADDER_RUNGS_MAX)};
    yen first = 1 + nrand48(seed) % 5;
    yen below = 0;
    for (int i = 0; i < ladder.count; i++) {
        below += 1 + nrand48(seed) % 40;
        ladder.rungs[i].below = i == ladder.count - 1 ? 0 : below;
        ladder.rungs[i].step = i == 0 ? first : first * (1 + nrand48(seed) % 9);
    }
    return ladder;
}

START_TEST(reaching_agrees_with_a_walk_over_random_ladders)
{
    unsigned short seed[3] = {1, 2, 3};
    int reached = 0, wrong = 0;
    for (int i = 0; i < 3000; i++) {
        struct ladder ladder = random_ladder(seed);
        ck_assert(ladder_is_valid(&ladder));
        yen fixed = nrand48(seed) % 4 == 0 ? ladder_smallest(&ladder) * (1 + nrand48(seed) % 7) : 0;
        yen from = nrand48(seed) % 300;
        for (yen amount = from - 3; amount < from + 500; amount += 1 + nrand48(seed) % 3) {
            bool expected = walk_reaches(&ladder, fixed, from, amount);
            wrong += ladder_reaches(&ladder, fixed, from, amount) != expected;
            reached += expected;
        }
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(reached, 1000);
}
END_TEST

START_TEST(reaching_agrees_with_a_walk_on_the_default_ladder)
{
    unsigned short seed[3] = {4, 5, 6};
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        yen from = 5000 * (1 + nrand48(seed) % 30000);
        yen amount = from + 5000 * (nrand48(seed) % 30000);
        bool expected = walk_reaches(&ladder_default, 0, from, amount);
        wrong += ladder_reaches(&ladder_default, 0, from, amount) != expected;
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("ladder");
    tcase_add_loop_test(cases, the_default_ladder_has_the_steps_of_the_rules, 0, COUNT(default_steps));
    tcase_add_loop_test(cases, a_ladder_is_valid_only_by_the_rules, 0, COUNT(ladders));
    tcase_add_test(cases, sixteen_rungs_are_allowed);
    tcase_add_loop_test(cases, whole_steps_reach_what_the_rules_say, 0, COUNT(reaches));
    tcase_add_test(cases, a_step_may_skip_a_rung_that_is_narrower_than_itself);
    tcase_add_test(cases, reaching_agrees_with_a_walk_over_random_ladders);
    tcase_add_test(cases, reaching_agrees_with_a_walk_on_the_default_ladder);
    Suite *suite = suite_create("ladder");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
