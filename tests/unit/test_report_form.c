/* Which form of a report Accept prefers. rest/ is a program and no library, so its source is taken in whole.
 */
#include "rest/quality.c"
#include "rest/reports/form.c"
#include "tests/unit/suite.h"

#include <check.h>

static const struct {
    const char *accept;
    int format; /* -1: none will do */
} cases[] = {
    {NULL,                                            REPORT_JSON},
    {"*/*",                                           REPORT_JSON},
    {"text/csv",                                      REPORT_CSV },
    {"TEXT/CSV;charset=utf-8",                        REPORT_CSV },
    {"text/html,application/xhtml+xml,*/*;q=0.8",     REPORT_PAGE},
    {"text/*",                                        REPORT_CSV },
    {"text/*;q=0.5, text/html;q=0.6",                 REPORT_PAGE},
    {"text/html;q=0, text/*",                         REPORT_CSV },
    {"application/json;q=0.1, text/csv;q=0.11",       REPORT_CSV },
    {"*/*;q=0.1, text/csv;q=0",                       REPORT_JSON},
    {"application/json;q=0, text/csv;q=0, */*;q=0.1", REPORT_PAGE},
    {"image/png",                                     -1         },
    {"text/plain, application/xml",                   -1         },
    {"*/*;q=0",                                       -1         },
    {"text",                                          -1         },
    {"text/cs",                                       -1         },
    {"text/csvx",                                     -1         },
    {"*/csv",                                         -1         },
    {"",                                              -1         },
    {",,;;, , text/csv",                              REPORT_CSV },
};

START_TEST(the_form_that_accept_likes_best)
{
    enum report_format format;
    bool found = report_format_accepted(cases[_i].accept, &format);
    ck_assert_int_eq(found ? (int)format : -1, cases[_i].format);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("report_form");
    tcase_add_loop_test(tests, the_form_that_accept_likes_best, 0, sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("report_form");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
