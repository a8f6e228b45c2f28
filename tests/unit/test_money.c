/* Money: the range of a bid's amount, and tax that is rounded down once and exact for any sum a sale can
 * have. */
#include "core/domain/money.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

START_TEST(an_amount_is_positive_and_at_most_10_to_the_12)
{
    ck_assert(!money_is_amount(INT64_MIN));
    ck_assert(!money_is_amount(-1));
    ck_assert(!money_is_amount(0));
    ck_assert(money_is_amount(1));
    ck_assert(money_is_amount(1000000000000));
    ck_assert(!money_is_amount(1000000000001));
    ck_assert(!money_is_amount(INT64_MAX));
}
END_TEST

static const struct {
    yen amount;
    int rate;
    yen tax;
} taxes[] = {
    {0,                            1000,  0                          },
    {1,                            1000,  0                          },
    {9,                            1000,  0                          },
    {10,                           1000,  1                          },
    {19,                           1000,  1                          },
    {12345,                        800,   987                        }, /* 987.6 */
    {12500000,                     1000,  1250000                    },
    {9999,                         10000, 9999                       },
    {12345,                        0,     0                          },
    {99999,                        333,   3329                       }, /* 3329.9667 */
    {MONEY_MAX,                    1000,  100000000000               },
    {INT64_C(9223372036854775807), 1000,  INT64_C(922337203685477580)},
};

START_TEST(tax_is_rounded_down)
{
    ck_assert_int_eq(money_tax(taxes[_i].amount, taxes[_i].rate), taxes[_i].tax);
}
END_TEST

START_TEST(tax_equals_the_plain_formula_wherever_that_cannot_overflow)
{
    unsigned short seed[3] = {7, 11, 13};
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        yen amount = nrand48(seed) * INT64_C(400) + i;
        int rate = (int)(nrand48(seed) % 10001);
        wrong += money_tax(amount, rate) != amount * rate / 10000;
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("money");
    tcase_add_test(cases, an_amount_is_positive_and_at_most_10_to_the_12);
    tcase_add_loop_test(cases, tax_is_rounded_down, 0, (int)(sizeof taxes / sizeof *taxes));
    tcase_add_test(cases, tax_equals_the_plain_formula_wherever_that_cannot_overflow);
    Suite *suite = suite_create("money");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
