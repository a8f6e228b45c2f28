/* What params take and what they refuse; that PostgreSQL reads them as meant is shown by pg_test_db. */
#include "core/base/alloc.h"
#include "core/store/params.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct params params;

static void setup(void)
{
    params_init(&params);
}

static void teardown(void)
{
    params_finish(&params);
}

START_TEST(an_integer_is_eight_bytes_in_network_order)
{
    params_int(&params, 0x0102030405060708);
    params_int(&params, -2);
    struct params_bound bound;
    params_bind(&params, &bound);
    ck_assert_mem_eq(bound.values[0], "\1\2\3\4\5\6\7\10", 8);
    ck_assert_mem_eq(bound.values[1], "\377\377\377\377\377\377\377\376", 8);
    ck_assert_int_eq(params.lengths[1], 8);
    ck_assert_int_eq(bound.formats[1], 1);
}
END_TEST

START_TEST(null_and_empty_are_two_things)
{
    params_text(&params, NULL);
    params_text(&params, "");
    params_bytes(&params, "", 0);
    params_int_or_null(&params, 0, 0);
    params_int_or_null(&params, 1, 0);
    struct params_bound bound;
    params_bind(&params, &bound);
    ck_assert_ptr_null(bound.values[0]);
    ck_assert_ptr_nonnull(bound.values[1]);
    ck_assert_int_eq(params.lengths[1], 0);
    ck_assert_ptr_nonnull(bound.values[2]);
    ck_assert_ptr_null(bound.values[3]);
    ck_assert_ptr_nonnull(bound.values[4]);
    ck_assert(!params_failed(&params));
}
END_TEST

START_TEST(one_parameter_too_many_fails_them_all)
{
    for (int i = 0; i < PARAMS_MAX; i++)
        params_int(&params, i);
    ck_assert(!params_failed(&params));
    params_text(&params, "x");
    ck_assert(params_failed(&params));
    ck_assert_int_eq(params.count, PARAMS_MAX);
}
END_TEST

START_TEST(an_array_has_failed_until_all_its_elements_are_there)
{
    params_array(&params, ELEMENT_INT, 2);
    params_element_int(&params, 1);
    ck_assert(params_failed(&params));
    params_element_int(&params, 2);
    ck_assert(!params_failed(&params));
    params_element_int(&params, 3);
    ck_assert(params_failed(&params));
}
END_TEST

START_TEST(a_parameter_amid_an_array_fails)
{
    params_array(&params, ELEMENT_INT, 1);
    params_int(&params, 1);
    ck_assert(params_failed(&params));
}
END_TEST

START_TEST(an_element_without_an_array_fails)
{
    params_element_text(&params, "x", 1);
    ck_assert(params_failed(&params));
}
END_TEST

START_TEST(more_bytes_than_allowed_fail)
{
    size_t size = PARAMS_BYTES_MAX / 2 + 1;
    char *bytes = xcalloc(1, size);
    params_bytes(&params, bytes, size);
    ck_assert(!params_failed(&params));
    params_bytes(&params, bytes, size);
    ck_assert(params_failed(&params));
    free(bytes);
}
END_TEST

START_TEST(a_copy_outlives_the_original)
{
    char text[] = "original";
    params_text(&params, text);
    params_array(&params, ELEMENT_TEXT, 0);
    struct params copy;
    params_copy(&copy, &params);
    memset(text, 'x', sizeof text - 1);
    params_finish(&params);
    struct params_bound bound;
    params_bind(&copy, &bound);
    ck_assert_int_eq(copy.count, 2);
    ck_assert_int_eq(copy.lengths[0], 8);
    ck_assert_mem_eq(bound.values[0], "original", 8);
    ck_assert(!params_failed(&copy));
    params_finish(&copy);
}
END_TEST

START_TEST(a_copy_of_failed_parameters_has_failed)
{
    params_array(&params, ELEMENT_INT, 1);
    struct params copy;
    params_copy(&copy, &params);
    ck_assert(params_failed(&copy));
    params_finish(&copy);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("params");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, an_integer_is_eight_bytes_in_network_order);
    tcase_add_test(cases, null_and_empty_are_two_things);
    tcase_add_test(cases, one_parameter_too_many_fails_them_all);
    tcase_add_test(cases, an_array_has_failed_until_all_its_elements_are_there);
    tcase_add_test(cases, a_parameter_amid_an_array_fails);
    tcase_add_test(cases, an_element_without_an_array_fails);
    tcase_add_test(cases, more_bytes_than_allowed_fail);
    tcase_add_test(cases, a_copy_outlives_the_original);
    tcase_add_test(cases, a_copy_of_failed_parameters_has_failed);
    Suite *suite = suite_create("params");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
