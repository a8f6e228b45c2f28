/* Temporary files: bounded each and together, and gone with their holder. rest/ is a program and no library,
 * so its sources are taken in whole. */
#include "rest/limit.c" /* whose names the meters use */
#include "rest/meters.c"
#include "rest/spool.c"
#include "tests/unit/suite.h"

static struct spools *spools_of(int64_t bytes)
{
    struct error error = {0};
    struct spools *spools = spools_create("/tmp", bytes, &error);
    ck_assert_msg(spools != NULL, "%s", error.text);
    return spools;
}

START_TEST(what_is_appended_is_in_the_file)
{
    struct spools *spools = spools_of(100);
    struct spool *spool;
    ck_assert_int_eq(spool_open(spools, 10, &spool), SPOOL_GOOD);
    ck_assert_int_eq(spool_append(spool, "hello", 5), SPOOL_GOOD);
    ck_assert_int_eq(spool_append(spool, " you", 4), SPOOL_GOOD);
    ck_assert_int_eq(spool_size(spool), 9);
    char bytes[16] = "";
    ck_assert_int_eq(pread(spool_file(spool), bytes, sizeof bytes, 0), 9);
    ck_assert_str_eq(bytes, "hello you");
    spool_close(&spool);
    ck_assert_ptr_null(spool);
    spools_destroy(&spools);
}
END_TEST

START_TEST(one_takes_no_more_than_it_was_opened_for)
{
    struct spools *spools = spools_of(100);
    struct spool *spool;
    ck_assert_int_eq(spool_open(spools, 10, &spool), SPOOL_GOOD);
    ck_assert_int_eq(spool_append(spool, "0123456789", 10), SPOOL_GOOD);
    ck_assert_int_eq(spool_append(spool, "x", 1), SPOOL_OVER);
    ck_assert_int_eq(spool_size(spool), 10);
    spool_close(&spool);
    spools_destroy(&spools);
}
END_TEST

START_TEST(all_together_take_no_more_than_they_may)
{
    struct spools *spools = spools_of(100);
    struct spool *first, *second;
    ck_assert_int_eq(spool_open(spools, 60, &first), SPOOL_GOOD);
    ck_assert_int_eq(spool_open(spools, 41, &second), SPOOL_FULL);
    ck_assert_ptr_null(second);
    ck_assert_int_eq(spool_open(spools, 40, &second), SPOOL_GOOD);
    spool_close(&first);
    ck_assert_int_eq(spool_open(spools, 60, &first), SPOOL_GOOD);
    spool_close(&first);
    spool_close(&second);
    spools_destroy(&spools);
}
END_TEST

START_TEST(a_folder_without_room_is_told_of)
{
    struct error error = {0};
    ck_assert_ptr_null(spools_create("/proc", 100, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/proc"));
}
END_TEST

int main(void)
{
    meters_start();
    TCase *tests = tcase_create("spool");
    tcase_add_test(tests, what_is_appended_is_in_the_file);
    tcase_add_test(tests, one_takes_no_more_than_it_was_opened_for);
    tcase_add_test(tests, all_together_take_no_more_than_they_may);
    tcase_add_test(tests, a_folder_without_room_is_told_of);
    Suite *suite = suite_create("spool");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
