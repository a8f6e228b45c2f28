/* What is taken for an e-mail address, and what could turn a letter into another. */
#include "core/auth/email.h"
#include "tests/unit/suite.h"

#include <string.h>

static const char *const good[] = {
    "a@b",
    "taro.yamada+seri@example.co.jp",
    "\xe5\xb1\xb1@example.jp",
    "o'neil@example.ie",
};

static const char *const bad[] = {
    "",      "x",     "@example.jp", "taro@",   "a@b@c",    "a b@c",  "a@b\r\nBcc: x", "a@b\tc",
    "<a@b>", "a@b,c", "a@b;c",       "\"a\"@b", "a\\@b.jp", "a(b)@c", "a@b:c",         "a@b\x7f",
};

START_TEST(an_address_is_something_at_something)
{
    ck_assert_msg(email_is_plausible(good[_i]), "%s", good[_i]);
}
END_TEST

START_TEST(what_could_end_a_header_or_name_another_is_none)
{
    ck_assert_msg(!email_is_plausible(bad[_i]), "%s", bad[_i]);
}
END_TEST

START_TEST(an_address_has_at_most_254_bytes)
{
    char text[EMAIL_LENGTH_MAX + 2];
    memset(text, 'a', sizeof text);
    text[1] = '@';
    text[EMAIL_LENGTH_MAX] = '\0';
    ck_assert(email_is_plausible(text));
    text[EMAIL_LENGTH_MAX] = 'a';
    text[EMAIL_LENGTH_MAX + 1] = '\0';
    ck_assert(!email_is_plausible(text));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    TCase *cases = tcase_create("email");
    tcase_add_loop_test(cases, an_address_is_something_at_something, 0, COUNT(good));
    tcase_add_loop_test(cases, what_could_end_a_header_or_name_another_is_none, 0, COUNT(bad));
    tcase_add_test(cases, an_address_has_at_most_254_bytes);
    Suite *suite = suite_create("email");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
