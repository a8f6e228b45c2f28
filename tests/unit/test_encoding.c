/* UTF-8 to what Japanese spreadsheets take for Shift_JIS, and back. */
#include "core/store/encoding.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *text, *back;
} cases[] = {
    {"",                      ""                     },
    {"plain, \"quoted\"\r\n", "plain, \"quoted\"\r\n"},
    {"牡・牝・セン",    "牡・牝・セン"   },
    {"髙﨑 ①㈱ ～",     "髙﨑 ①㈱ ～"    },
    {"〜—−",             "～―－"            }, /* one place, two characters */
    {"𠮷野家 €100 é",  "〓野家 〓100 〓" },
    {"\xff牧\xe7\x89",       "〓牧〓〓"         }, /* no UTF-8 at all */
};

START_TEST(what_has_a_place_comes_back_and_what_has_none_is_seen)
{
    struct buffer there, back;
    buffer_init(&there, 1 << 20);
    buffer_init(&back, 1 << 20);
    encoding_to_cp932(cases[_i].text, strlen(cases[_i].text), &there);
    ck_assert(encoding_from_cp932(there.data != NULL ? there.data : "", there.size, &back));
    ck_assert_str_eq(back.data != NULL ? back.data : "", cases[_i].back);
    buffer_finish(&there);
    buffer_finish(&back);
}
END_TEST

START_TEST(a_long_text_is_whole)
{
    struct buffer text, there, back;
    buffer_init(&text, 8 << 20);
    buffer_init(&there, 8 << 20);
    buffer_init(&back, 8 << 20);
    for (int i = 0; i < 100000; i++)
        buffer_append_text(&text, i % 1000 == 999 ? "𠮷" : "落札価格,");
    encoding_to_cp932(text.data, text.size, &there);
    ck_assert(encoding_from_cp932(there.data, there.size, &back));
    ck_assert_uint_eq(back.size, text.size - 100 * (strlen("𠮷") - strlen("〓")));
    buffer_finish(&text);
    buffer_finish(&there);
    buffer_finish(&back);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("encoding");
    tcase_add_loop_test(tests, what_has_a_place_comes_back_and_what_has_none_is_seen, 0,
                        sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, a_long_text_is_whole);
    Suite *suite = suite_create("encoding");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
