/* UUIDs: one text form in, one out, nothing else accepted; and the clocks, which have no other test. */
#include "core/base/clock.h"
#include "core/base/uuid.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(either_case_is_read_and_the_lower_one_written)
{
    static const uint8_t bytes[16] = {0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0,
                                      0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6};
    static const char *const forms[] = {"f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                                        "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
                                        "f81d4FAE-7dec-11D0-a765-00a0c91e6BF6"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct uuid uuid;
        ck_assert(uuid_parse(forms[i], &uuid));
        ck_assert_mem_eq(uuid.bytes, bytes, sizeof bytes);
        char text[UUID_TEXT_SIZE];
        uuid_format(uuid, text);
        ck_assert_str_eq(text, forms[0]);
    }
}
END_TEST

static const char *const refused[] = {
    "",
    "-",
    "f",
    "f81d4fae",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6a",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6 ",
    " f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "f81d4fae7dec11d0a76500a0c91e6bf6",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bg6",
    "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6",
    "f81d4fae-7dec-11d0-a76500-a0c91e6bf6",
    "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
    "f81d4fae-7dec-11d0-a765--0a0c91e6bf6",
    "f81d4fae_7dec_11d0_a765_00a0c91e6bf6",
};

START_TEST(any_other_text_is_refused_and_nothing_written)
{
    struct uuid uuid;
    memset(&uuid, 0x5a, sizeof uuid);
    const struct uuid before = uuid;
    ck_assert(!uuid_parse(refused[_i], &uuid));
    ck_assert(uuid_equal(uuid, before));
}
END_TEST

START_TEST(random_ones_are_version_4_and_differ)
{
    enum { COUNT = 100 };
    static struct uuid made[COUNT];
    for (int i = 0; i < COUNT; i++) {
        made[i] = uuid_random();
        ck_assert_int_eq(made[i].bytes[6] >> 4, 4);
        ck_assert_int_eq(made[i].bytes[8] >> 6, 2);
        for (int j = 0; j < i; j++)
            ck_assert(!uuid_equal(made[i], made[j]));
        char text[UUID_TEXT_SIZE];
        uuid_format(made[i], text);
        struct uuid again;
        ck_assert(uuid_parse(text, &again));
        ck_assert(uuid_equal(again, made[i]));
    }
}
END_TEST

START_TEST(only_sixteen_zero_bytes_are_nil)
{
    struct uuid uuid;
    ck_assert(uuid_parse("00000000-0000-0000-0000-000000000000", &uuid));
    ck_assert(uuid_is_nil(uuid));
    uuid.bytes[15] = 1;
    ck_assert(!uuid_is_nil(uuid));
}
END_TEST

START_TEST(random_bytes_fill_all_and_only_what_was_asked_for)
{
    static uint8_t memory[2000];
    random_bytes(memory + 1, sizeof memory - 2);
    ck_assert_int_eq(memory[0], 0);
    ck_assert_int_eq(memory[sizeof memory - 1], 0);
    bool seen[256] = {false};
    int different = 0;
    for (size_t i = 1; i < sizeof memory - 1; i++) {
        different += !seen[memory[i]];
        seen[memory[i]] = true;
    }
    ck_assert_int_gt(different, 200);
    random_bytes(memory, 0);
    ck_assert_int_eq(memory[0], 0);
}
END_TEST

START_TEST(clocks_agree_on_their_units)
{
    int64_t us = clock_monotonic_us();
    int64_t ms = clock_monotonic_ms();
    ck_assert_int_ge(ms, us / 1000);
    ck_assert_int_lt(ms - us / 1000, 60000);
    ck_assert_int_ge(clock_monotonic_us(), us);
    ck_assert_int_lt(llabs(clock_wall_ms() / 1000 - (int64_t)time(NULL)), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uuid");
    TCase *tests = tcase_create("uuid");
    tcase_add_test(tests, either_case_is_read_and_the_lower_one_written);
    tcase_add_loop_test(tests, any_other_text_is_refused_and_nothing_written, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(tests, random_ones_are_version_4_and_differ);
    tcase_add_test(tests, only_sixteen_zero_bytes_are_nil);
    tcase_add_test(tests, random_bytes_fill_all_and_only_what_was_asked_for);
    tcase_add_test(tests, clocks_agree_on_their_units);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
