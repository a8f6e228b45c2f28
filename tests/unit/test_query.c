/* Query strings: what is well-formed becomes an object for the tables of fields, anything else a fault. rest/
 * is a program and no library, so its source is taken in whole. */
#include "rest/query.c"
#include "tests/unit/suite.h"

#include <check.h>

struct target {
    int64_t limit;
    const char *q;
    bool all;
};

static const struct field fields[] = {
    FIELD(INT, struct target, limit, "limit", .lowest = 1, .highest = 200),
    FIELD(TEXT, struct target, q, "q", .lowest = 1, .highest = 5),
    FIELD(BOOL, struct target, all, "all"),
};
static const struct schema schema = SCHEMA(struct target, fields);

static bool read_query(const char *text, const struct schema *with, struct target *target, cJSON **tree)
{
    struct field_faults faults = {0};
    *tree = query_parse(text, with, &faults);
    bool good = *tree != NULL && fields_read(*tree, with != NULL ? with->fields : NULL,
                                             with != NULL ? with->count : 0, target, &faults);
    ck_assert_int_eq(good, faults.count == 0);
    return good;
}

START_TEST(reads_numbers_texts_and_truth)
{
    struct target target = {0};
    cJSON *tree;
    ck_assert(read_query("limit=20&q=%E9%A6%AC+%2b%25&all=true", &schema, &target, &tree));
    ck_assert_int_eq(target.limit, 20);
    ck_assert_str_eq(target.q, "馬 +%");
    ck_assert(target.all);
    cJSON_Delete(tree);
}
END_TEST

static const char *const good[] = {"", "&", "&&limit=1&", "q=a"};

START_TEST(passes_over_empty_parts)
{
    struct target target = {0};
    cJSON *tree;
    ck_assert(read_query(good[_i], &schema, &target, &tree));
    cJSON_Delete(tree);
}
END_TEST

static const char *const bad[] = {
    "limit",
    "limit=",
    "limit=0",
    "limit=201",
    "limit=01",
    "limit=+1",
    "limit=-1",
    "limit=1.0",
    "limit=1e1",
    "limit=0x1",
    "limit=99999999999999999999",
    "limit=1&limit=1",
    "q=",
    "q=123456",
    "q=%",
    "q=%2",
    "q=%zz",
    "q=%00",
    "q=%ff",
    "q=%0a",
    "q=%c0%80",
    "q=%ed%a0%80",
    "all=1",
    "all=TRUE",
    "other=1",
    "=1",
    "%=1",
    "Limit=1",
    "q=a&q=b",
    "q[]=a",
};

START_TEST(refuses_everything_else)
{
    struct target target = {0};
    cJSON *tree;
    ck_assert(!read_query(bad[_i], &schema, &target, &tree));
    cJSON_Delete(tree);
}
END_TEST

START_TEST(a_route_without_a_schema_takes_nothing)
{
    struct target target = {0};
    cJSON *tree;
    ck_assert(read_query("", NULL, &target, &tree));
    cJSON_Delete(tree);
    ck_assert(!read_query("limit=1", NULL, &target, &tree));
    cJSON_Delete(tree);
}
END_TEST

START_TEST(bounds_the_number_of_members)
{
    struct target target = {0};
    cJSON *tree;
    char text[4096] = "";
    struct buffer out;
    buffer_init_fixed(&out, text, sizeof text);
    for (int i = 0; i < QUERY_MEMBERS_MAX + 1; i++)
        buffer_append_format(&out, "m%d=1&", i);
    ck_assert(!read_query(text, &schema, &target, &tree));
    ck_assert_ptr_null(tree);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("query");
    tcase_add_test(tests, reads_numbers_texts_and_truth);
    tcase_add_loop_test(tests, passes_over_empty_parts, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, refuses_everything_else, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, a_route_without_a_schema_takes_nothing);
    tcase_add_test(tests, bounds_the_number_of_members);
    Suite *suite = suite_create("query");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
