/* Migrations on databases that are empty, current, tampered with, ahead, or being migrated by others. */
#include "core/store/migrate.h"
#include "tests/unit/pg_scratch.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <pthread.h>

static struct scratch scratch;
static struct db *db;
static struct error error;

static void setup(void)
{
    scratch = scratch_create();
    db = db_create(scratch.url, "migrate-test");
    error.text[0] = '\0';
}

static void teardown(void)
{
    db_destroy(&db);
    scratch_drop(&scratch);
}

static void script(const char *sql)
{
    if (!db_script(db, sql, &error))
        ck_abort_msg("%s: %s", sql, error.text);
}

/* True when the table or view is there. */
static bool relation_exists(const char *name)
{
    PGresult *result = PQexecParams(db_connection(db), "SELECT to_regclass($1) IS NOT NULL AS there", 1, NULL,
                                    &name, NULL, NULL, 0);
    bool there = result_bool(result, 0, "there");
    PQclear(result);
    return there;
}

START_TEST(an_empty_database_gets_every_migration_once)
{
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
    ck_assert(relation_exists("auction_events"));
    ck_assert_int_eq(migrate_run(db, &error), 0);
}
END_TEST

START_TEST(a_database_is_current_only_after_all_of_them)
{
    ck_assert(!migrate_is_current(db, &error));
    ck_assert(strstr(error.text, "no migration has run") != NULL);
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
    ck_assert(migrate_is_current(db, &error));
    script("DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)");
    ck_assert(!migrate_is_current(db, &error));
    ck_assert(strstr(error.text, sql_migrations[SQL_MIGRATION_COUNT - 1].name) != NULL);
}
END_TEST

static void *run_in_thread(void *applied)
{
    struct db *own = db_create(scratch.url, "migrate-test-thread");
    struct error why = {""};
    *(int *)applied = migrate_run(own, &why);
    if (why.text[0] != '\0')
        fprintf(stderr, "%s\n", why.text);
    db_destroy(&own);
    return NULL;
}

START_TEST(starters_at_once_do_it_once)
{
    enum { STARTERS = 6 };
    pthread_t threads[STARTERS];
    int applied[STARTERS];
    for (int i = 0; i < STARTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_in_thread, &applied[i]), 0);
    int total = 0;
    for (int i = 0; i < STARTERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_ge(applied[i], 0);
        total += applied[i];
    }
    ck_assert_int_eq(total, SQL_MIGRATION_COUNT);
    ck_assert(migrate_is_current(db, &error));
}
END_TEST

START_TEST(a_changed_migration_is_refused_by_name)
{
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
    script("UPDATE schema_migrations SET sha256 = decode(repeat('00', 32), 'hex') WHERE number = 1");
    ck_assert_int_eq(migrate_run(db, &error), -1);
    ck_assert(strstr(error.text, sql_migrations[0].name) != NULL);
    ck_assert(strstr(error.text, "changed") != NULL);
    ck_assert(!migrate_is_current(db, &error));
}
END_TEST

START_TEST(a_migration_of_another_number_is_refused)
{
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
    script("UPDATE schema_migrations SET number = 0, name = '0000_stranger' WHERE number = 1");
    ck_assert_int_eq(migrate_run(db, &error), -1);
    ck_assert(strstr(error.text, "0000_stranger") != NULL);
}
END_TEST

START_TEST(a_newer_database_is_not_migrated_but_can_be_served)
{
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
    script("INSERT INTO schema_migrations VALUES (9999, '9999_future', decode(repeat('00', 32), 'hex'))");
    ck_assert_int_eq(migrate_run(db, &error), -1);
    ck_assert(strstr(error.text, "newer") != NULL);
    ck_assert(migrate_is_current(db, &error));
}
END_TEST

START_TEST(a_migration_that_fails_leaves_nothing_and_is_named)
{
    script("CREATE TABLE horses (what text)");
    ck_assert_int_eq(migrate_run(db, &error), -1);
    ck_assert(strstr(error.text, sql_migrations[0].name) != NULL);
    ck_assert(strstr(error.text, "\"horses\" already exists") != NULL);
    ck_assert(!relation_exists("users"));
    ck_assert(!relation_exists("schema_migrations"));
    script("DROP TABLE horses");
    ck_assert_int_eq(migrate_run(db, &error), SQL_MIGRATION_COUNT);
}
END_TEST

START_TEST(without_a_database_it_says_so)
{
    struct db *nowhere = db_create("postgres://nobody@127.0.0.1:1/none", "migrate-test");
    ck_assert_int_eq(migrate_run(nowhere, &error), -1);
    ck_assert(strstr(error.text, "refused") != NULL);
    db_destroy(&nowhere);
}
END_TEST

int main(void)
{
    scratch = scratch_create(); /* says what is missing before any test runs */
    scratch_drop(&scratch);
    TCase *cases = tcase_create("migrate");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, an_empty_database_gets_every_migration_once);
    tcase_add_test(cases, a_database_is_current_only_after_all_of_them);
    tcase_add_test(cases, starters_at_once_do_it_once);
    tcase_add_test(cases, a_changed_migration_is_refused_by_name);
    tcase_add_test(cases, a_migration_of_another_number_is_refused);
    tcase_add_test(cases, a_newer_database_is_not_migrated_but_can_be_served);
    tcase_add_test(cases, a_migration_that_fails_leaves_nothing_and_is_named);
    tcase_add_test(cases, without_a_database_it_says_so);
    Suite *suite = suite_create("migrate");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
