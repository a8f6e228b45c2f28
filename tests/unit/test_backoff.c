/* The waits between attempts at a job. rest/ is a program and no library, so its source is taken in whole. */
#include "rest/jobs/backoff.c"
#include "tests/unit/suite.h"

#include <check.h>

static const struct {
    int64_t attempt, base_ms, longest_ms;
} cases[] = {
    {1,         5000,      5000          },
    {2,         5000,      10000         },
    {5,         5000,      80000         },
    {10,        5000,      2560000       },
    {11,        5000,      BACKOFF_MAX_MS},
    {100,       5000,      BACKOFF_MAX_MS},
    {INT64_MAX, 1,         BACKOFF_MAX_MS},
    {1,         INT64_MAX, BACKOFF_MAX_MS},
    {1,         1,         1             },
};

START_TEST(doubles_up_to_an_hour_and_spreads_over_a_quarter)
{
    int64_t longest = cases[_i].longest_ms;
    ck_assert_int_eq(backoff_ms(cases[_i].attempt, cases[_i].base_ms, 0), longest);
    ck_assert_int_eq(backoff_ms(cases[_i].attempt, cases[_i].base_ms, UINT32_MAX), longest - longest / 4);
    int64_t middle = backoff_ms(cases[_i].attempt, cases[_i].base_ms, UINT32_MAX / 2);
    ck_assert(middle <= longest && middle >= longest - longest / 4);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("backoff");
    tcase_add_loop_test(tests, doubles_up_to_an_hour_and_spreads_over_a_quarter, 0,
                        sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("backoff");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
