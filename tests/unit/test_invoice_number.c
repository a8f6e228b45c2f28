/* Registration numbers of invoice issuers, by corporate numbers that anybody can look up. */
#include "core/domain/invoice_number.h"

#include "tests/unit/suite.h"

static const struct {
    const char *text;
    bool valid;
} cases[] = {
    {"T7000012050002",  true }, /* 国税庁 */
    {"T1180301018771",  true }, /* トヨタ自動車 */
    {"T9000012050000",  true },
    {"T7000012050001",  false},
    {"T6000012050002",  false},
    {"T7000012050020",  false},
    {"T0000000000000",  false},
    {"T9000000000000",  true },
    {"7000012050002",   false},
    {"t7000012050002",  false},
    {"T700001205000",   false},
    {"T70000120500022", false},
    {"T70000120５00",  false},
    {"T700001205000x",  false},
    {"T-700001205000",  false},
    {"",                false},
};

START_TEST(the_check_digit_guards_the_others)
{
    ck_assert_int_eq(invoice_number_is_valid(cases[_i].text), cases[_i].valid);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("invoice number");
    tcase_add_loop_test(tests, the_check_digit_guards_the_others, 0, sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("invoice number");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
