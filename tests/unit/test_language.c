/* Which language a request prefers. rest/ is a program and no library, so its source is taken in whole. */
#include "rest/language.c"
#include "rest/quality.c"
#include "tests/unit/suite.h"

#include <check.h>

static const struct {
    const char *header, *language;
} cases[] = {
    {NULL,                      "ja"},
    {"",                        "ja"},
    {"en",                      "en"},
    {"EN-us",                   "en"},
    {"ja, en",                  "ja"},
    {"en, ja",                  "en"},
    {"en;q=0.3, ja;q=0.8",      "ja"},
    {"ja;q=0.3,en;q=0.31",      "en"},
    {"fr, de;q=0.9",            "ja"},
    {"fr, en-GB;q=0.1",         "en"},
    {"en;q=0",                  "ja"},
    {"*",                       "ja"},
    {"english, jaja",           "ja"},
    {"en;q=, ja;q=0.1",         "ja"},
    {"en;q=0., ja;q=0.001",     "ja"},
    {"en ; q=0.2 , ja ; q=0.1", "en"},
    {",,, ,en",                 "en"},
    {"en;q=9",                  "ja"},
    {";;;=q,",                  "ja"},
};

START_TEST(the_heaviest_that_we_speak)
{
    ck_assert_str_eq(language_name(language_preferred(cases[_i].header)), cases[_i].language);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("language");
    tcase_add_loop_test(tests, the_heaviest_that_we_speak, 0, sizeof cases / sizeof cases[0]);
    Suite *suite = suite_create("language");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
