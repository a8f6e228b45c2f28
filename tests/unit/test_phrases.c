/* The table of sentences: found by their English, and formats that take the same arguments. */
#include "core/wire/phrases.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

START_TEST(every_sentence_is_found)
{
    for (size_t i = 0; i < phrases_count; i++) {
        if (i > 0)
            ck_assert_msg(strcmp(phrases[i - 1].en, phrases[i].en) < 0, "out of order: %s", phrases[i].en);
        ck_assert_ptr_eq(phrase_ja(phrases[i].en), phrases[i].ja);
    }
    ck_assert_str_eq(phrase_ja("nobody says this"), "nobody says this");
    ck_assert_str_eq(phrase_ja(""), "");
}
END_TEST

/* The conversions of a format, one after the other: "%ld%s". */
static void conversions(const char *format, char out[64])
{
    size_t size = 0;
    for (const char *at = strchr(format, '%'); at != NULL; at = strchr(at + 1, '%')) {
        size_t length = strcspn(at, "sdu") + 1;
        ck_assert_uint_lt(size + length, 64);
        memcpy(out + size, at, length);
        size += length;
        at += length - 1;
    }
    out[size] = '\0';
}

START_TEST(both_languages_take_the_same_arguments)
{
    for (size_t i = 0; i < phrases_count; i++) {
        char en[64], ja[64];
        conversions(phrases[i].en, en);
        conversions(phrases[i].ja, ja);
        ck_assert_msg(strcmp(en, ja) == 0, "%s", phrases[i].en);
    }
}
END_TEST

START_TEST(japanese_is_japanese_and_short_enough_to_be_said)
{
    for (size_t i = 0; i < phrases_count; i++) {
        bool found = false;
        for (const char *at = phrases[i].ja; *at != '\0'; at++)
            found |= (unsigned char)*at >= 0x80;
        ck_assert_msg(found, "%s", phrases[i].en);
        ck_assert_msg(strlen(phrases[i].en) < 128 && strlen(phrases[i].ja) < 192, "%s", phrases[i].en);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("phrases");
    tcase_add_test(cases, every_sentence_is_found);
    tcase_add_test(cases, both_languages_take_the_same_arguments);
    tcase_add_test(cases, japanese_is_japanese_and_short_enough_to_be_said);
    Suite *suite = suite_create("phrases");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
