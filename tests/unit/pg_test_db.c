/* The blocking side, and the parameters' binary format as PostgreSQL reads it. What happens to a connection
 * is done to it by a second one: locks to hold a statement up, pg_terminate_backend to cut it off. */
#include "core/base/clock.h"
#include "core/store/migrate.h"
#include "tests/unit/pg_scratch.h"
#include "tests/unit/suite.h"

#include <check.h>
#include <pthread.h>
#include <time.h>

static struct scratch scratch;
static struct db *db;
static struct db *other;
static struct error error;

static void setup(void)
{
    db = db_create(scratch.url, "db-under-test");
    other = db_create(scratch.url, "db-test-other");
    error.text[0] = '\0';
}

static void teardown(void)
{
    db_destroy(&db);
    db_destroy(&other);
}

static void script(struct db *on, const char *sql)
{
    if (!db_script(on, sql, &error))
        ck_abort_msg("%s: %s", sql, error.text);
}

/* Creates the user `name`@example.test. */
static struct db_answer create_user(const char *name)
{
    char email[100];
    snprintf(email, sizeof email, "%s@example.test", name);
    struct params params;
    params_init(&params);
    params_text(&params, email);
    params_text(&params, name);
    params_text(&params, "hash");
    params_text(&params, "viewer");
    params_text(&params, "ja");
    struct db_answer answer = db_run(db, SQL_USER_CREATE, &params, &error);
    params_finish(&params);
    return answer;
}

static enum db_outcome try_create(const char *name)
{
    struct db_answer answer = create_user(name);
    PQclear(answer.result);
    return answer.outcome;
}

static int64_t count_users(const char *pattern)
{
    PGresult *result =
        PQexecParams(db_connection(other), "SELECT count(*) AS n FROM users WHERE name LIKE $1", 1, NULL,
                     &pattern, NULL, NULL, 0);
    int64_t count = result_int(result, 0, "n");
    PQclear(result);
    return count;
}

/* Ends the server's side of `db` and waits until it is gone. */
static const char terminate[] = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                                " WHERE application_name = 'db-under-test' AND datname = current_database()";

/* The same as soon as it waits for something inside a statement. */
static void *terminate_when_waiting(void *unused)
{
    (void)unused;
    struct db *killer = db_create(scratch.url, "db-test-killer");
    script(
        killer,
        "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'db-under-test'"
        " AND datname = current_database() AND state = 'active' AND wait_event_type IN ('Lock', 'Timeout')) "
        "LOOP"
        " PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$");
    script(killer, terminate);
    db_destroy(&killer);
    return NULL;
}

START_TEST(a_statement_answers_its_rows)
{
    struct db_answer answer = create_user("rows");
    ck_assert_int_eq(answer.outcome, DB_DONE);
    ck_assert_int_gt(result_int(answer.result, 0, "id"), 0);
    PQclear(answer.result);
}
END_TEST

START_TEST(a_unique_violation_names_its_constraint_and_harms_nothing_else)
{
    ck_assert_int_eq(try_create("twice"), DB_DONE);
    struct db_answer answer = create_user("TWICE");
    ck_assert_int_eq(answer.outcome, DB_REFUSED);
    ck_assert_ptr_null(answer.result);
    ck_assert_str_eq(answer.sqlstate, "23505");
    ck_assert_str_eq(answer.constraint, "users_email_key");
    ck_assert(strstr(error.text, "user_create") != NULL);
    ck_assert_msg(strstr(error.text, "example.test") == NULL, "an e-mail in words for the log: %s",
                  error.text);
    ck_assert_int_eq(try_create("twice-other"), DB_DONE);
}
END_TEST

START_TEST(failed_parameters_are_never_sent)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, 3);
    struct db_answer answer = db_run(db, SQL_USER_CREATE, &params, &error);
    ck_assert_int_eq(answer.outcome, DB_NOT_SENT);
    ck_assert_ptr_null(db_connection(db));
    params_finish(&params);
}
END_TEST

START_TEST(a_connection_lost_while_idle_is_opened_again_unnoticed)
{
    ck_assert_int_eq(try_create("idle-before"), DB_DONE);
    script(other, terminate);
    ck_assert_int_eq(try_create("idle-after"), DB_DONE);
}
END_TEST

START_TEST(a_connection_lost_amid_a_statement_is_uncertain_and_then_replaced)
{
    ck_assert_int_eq(try_create("amid-before"), DB_DONE); /* else the lock would hold up its preparation */
    script(other, "BEGIN; LOCK TABLE users");
    pthread_t killer;
    pthread_create(&killer, NULL, terminate_when_waiting, NULL);
    ck_assert_int_eq(try_create("amid"), DB_UNCERTAIN);
    pthread_join(killer, NULL);
    script(other, "ROLLBACK");
    ck_assert_int_eq(try_create("amid-after"), DB_DONE);
}
END_TEST

START_TEST(a_connection_lost_amid_the_preparation_is_not_sent)
{
    ck_assert(db_ready(db, &error));
    script(other, "BEGIN; LOCK TABLE users");
    pthread_t killer;
    pthread_create(&killer, NULL, terminate_when_waiting, NULL);
    ck_assert_int_eq(try_create("preparing"), DB_NOT_SENT);
    pthread_join(killer, NULL);
    script(other, "ROLLBACK");
    ck_assert_int_eq(try_create("preparing"), DB_DONE);
}
END_TEST

START_TEST(an_unreachable_database_is_not_sent_at_once)
{
    struct db *nowhere = db_create("postgres://nobody@127.0.0.1:1/none", "db-under-test");
    int64_t before = clock_monotonic_ms();
    ck_assert(!db_ready(nowhere, &error));
    struct db_answer answer = db_run(nowhere, SQL_SCHEMA_MIGRATIONS_LIST, NULL, &error);
    ck_assert_int_eq(answer.outcome, DB_NOT_SENT);
    ck_assert_int_eq(db_begin(nowhere, &error), DB_NOT_SENT);
    ck_assert_int_lt(clock_monotonic_ms() - before, 1000);
    ck_assert(strstr(error.text, "refused") != NULL);
    db_destroy(&nowhere);
    ck_assert(db_ready(db, &error));
}
END_TEST

START_TEST(a_transaction_is_there_as_a_whole_or_not_at_all)
{
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("whole-1"), DB_DONE);
    ck_assert_int_eq(try_create("whole-2"), DB_DONE);
    ck_assert(db_ready(other, &error));
    ck_assert_int_eq(count_users("whole-%"), 0);
    ck_assert_int_eq(db_commit(db, &error), DB_DONE);
    ck_assert_int_eq(count_users("whole-%"), 2);

    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("none-1"), DB_DONE);
    db_rollback(db);
    db_rollback(db); /* of nothing: nothing */
    ck_assert_int_eq(count_users("none-%"), 0);
}
END_TEST

START_TEST(the_commit_of_a_failed_transaction_is_refused)
{
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("failed-1"), DB_DONE);
    ck_assert_int_eq(try_create("failed-1"), DB_REFUSED);
    ck_assert_int_eq(try_create("failed-2"), DB_REFUSED);
    ck_assert_int_eq(db_commit(db, &error), DB_REFUSED);
    ck_assert(db_ready(other, &error));
    ck_assert_int_eq(count_users("failed-%"), 0);
    ck_assert_int_eq(try_create("failed-after"), DB_DONE);
}
END_TEST

START_TEST(a_lost_transaction_is_never_carried_on_by_another_connection)
{
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("lost-1"), DB_DONE);
    script(other, terminate);
    ck_assert_int_eq(try_create("lost-2"), DB_NOT_SENT);
    ck_assert_int_eq(try_create("lost-3"), DB_NOT_SENT);
    ck_assert_int_eq(db_commit(db, &error), DB_NOT_SENT);
    ck_assert_int_eq(count_users("lost-%"), 0);
    ck_assert_int_eq(try_create("lost-after"), DB_DONE);
}
END_TEST

/* A constraint that speaks, or dawdles, only at the commit. */
static const char deferred_trigger[] =
    "CREATE OR REPLACE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.name LIKE 'slow%' THEN PERFORM pg_sleep(20); END IF;"
    " IF NEW.name LIKE 'late%' THEN RAISE EXCEPTION 'too late' USING ERRCODE = '23000', CONSTRAINT = 'late'; "
    "END IF;"
    " RETURN NULL; END $$;"
    "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
    "EXECUTE FUNCTION at_commit()";

START_TEST(an_error_at_the_commit_is_a_refusal)
{
    script(other, deferred_trigger);
    struct db_answer answer = create_user("late-alone");
    ck_assert_int_eq(answer.outcome, DB_REFUSED);
    ck_assert_str_eq(answer.constraint, "late");
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("late"), DB_DONE);
    ck_assert_int_eq(db_commit(db, &error), DB_REFUSED);
    script(other, "DROP TRIGGER at_commit ON users");
}
END_TEST

START_TEST(a_connection_lost_amid_the_commit_is_uncertain)
{
    script(other, deferred_trigger);
    ck_assert_int_eq(db_begin(db, &error), DB_DONE);
    ck_assert_int_eq(try_create("slow"), DB_DONE);
    pthread_t killer;
    pthread_create(&killer, NULL, terminate_when_waiting, NULL);
    ck_assert_int_eq(db_commit(db, &error), DB_UNCERTAIN);
    pthread_join(killer, NULL);
    script(other, "DROP TRIGGER at_commit ON users");
}
END_TEST

/* ---- very many rows ---- */

struct taken {
    int64_t rows, last;
    int64_t enough; /* rows, after which no more are wanted; 0: never */
};

static bool take_user(void *context, const PGresult *row)
{
    struct taken *taken = context;
    ck_assert_int_eq(PQntuples(row), 1);
    ck_assert_int_gt(result_int(row, 0, "id"), taken->last);
    taken->last = result_int(row, 0, "id");
    return ++taken->rows != taken->enough;
}

static struct db_answer stream_users(struct taken *taken)
{
    struct params params;
    params_init(&params);
    params_int(&params, 0);
    params_int(&params, 1000000);
    for (int i = 3; i <= 6; i++)
        params_text(&params, NULL);
    struct db_answer answer = db_stream(db, SQL_USERS_PAGE, &params, take_user, taken, &error);
    params_finish(&params);
    return answer;
}

START_TEST(a_snapshot_hands_over_row_by_row_what_there_was_at_one_moment)
{
    script(other,
           "INSERT INTO users (email, name, password_hash)"
           " SELECT 'many' || i || '@example.test', 'many', 'hash' FROM generate_series(1, 5000) AS i");
    struct taken first = {0}, again = {0};
    ck_assert_int_eq(db_begin_snapshot(db, 10000, &error), DB_DONE);
    ck_assert_int_eq(stream_users(&first).outcome, DB_DONE);
    ck_assert_int_ge(first.rows, 5000);
    script(other, "INSERT INTO users (email, name, password_hash) VALUES ('late@example.test', 'x', 'hash')");
    ck_assert_int_eq(stream_users(&again).outcome, DB_DONE);
    ck_assert_int_eq(again.rows, first.rows);
    ck_assert_int_eq(try_create("written-in-a-snapshot"), DB_REFUSED);
    db_rollback(db);
    ck_assert_int_eq(try_create("written-after-a-snapshot"), DB_DONE);
}
END_TEST

START_TEST(rows_that_are_not_wanted_any_more_stop_coming)
{
    struct taken taken = {.enough = 1};
    script(other,
           "INSERT INTO users (email, name, password_hash)"
           " SELECT 'more' || i || '@example.test', 'more', 'hash' FROM generate_series(1, 50000) AS i");
    ck_assert_int_eq(db_begin_snapshot(db, 10000, &error), DB_DONE);
    (void)stream_users(&taken); /* refused, unless all rows were on their way already */
    ck_assert_int_eq(taken.rows, 1);
    db_rollback(db);
    ck_assert_int_eq(try_create("after-a-stop"), DB_DONE);
}
END_TEST

START_TEST(a_snapshot_s_statement_ends_at_its_time_out)
{
    struct taken taken = {0};
    ck_assert_int_eq(db_begin(other, &error), DB_DONE);
    script(other, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    ck_assert_int_eq(db_begin_snapshot(db, 100, &error), DB_DONE);
    struct db_answer answer = stream_users(&taken);
    /* the preparation waits for the lock as well */
    ck_assert_int_eq(answer.outcome, DB_REFUSED);
    ck_assert_str_eq(answer.sqlstate, "57014");
    db_rollback(db);
    db_rollback(other);
    ck_assert_int_eq(db_begin_snapshot(db, 10000, &error), DB_DONE);
    ck_assert_int_eq(stream_users(&taken).outcome, DB_DONE);
    db_rollback(db);
}
END_TEST

START_TEST(a_script_that_fails_names_the_line)
{
    ck_assert(!db_script(db, "SELECT 'あああ';\nSELECT 1;\nSELECT nothing;\n", &error));
    ck_assert_msg(strncmp(error.text, "line 3: ", 8) == 0, "%s", error.text);
    script(db, "SELECT 1");
}
END_TEST

/* Sends the parameters to a SELECT and returns its single value as text. */
static char *echo(const char *expression, struct params *params)
{
    ck_assert(!params_failed(params));
    ck_assert(db_ready(db, &error));
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT %s", expression);
    struct params_bound bound;
    params_bind(params, &bound);
    PGresult *result = PQexecParams(db_connection(db), sql, params->count, params->types, bound.values,
                                    params->lengths, bound.formats, 0);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    char *text = PQgetisnull(result, 0, 0) ? xstrdup("NULL") : xstrdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    params_finish(params);
    return text;
}

static void echoes(const char *expression, struct params *params, const char *expected)
{
    char *text = echo(expression, params);
    ck_assert_str_eq(text, expected);
    free(text);
}

static struct uuid a_uuid(void)
{
    struct uuid uuid;
    ck_assert(uuid_parse("01234567-89ab-cdef-0123-456789abcdef", &uuid));
    return uuid;
}

START_TEST(single_parameters_arrive_as_they_are)
{
    struct params params;
    params_init(&params);
    params_int(&params, INT64_MIN);
    echoes("$1", &params, "-9223372036854775808");
    params_int_or_null(&params, 0, 0);
    echoes("$1", &params, "NULL");
    params_bool(&params, true);
    params_bool(&params, false);
    echoes("$1::text || $2", &params, "truefalse");
    params_text(&params, "O'Hara \\ \"馬\" {x,y}");
    echoes("$1", &params, "O'Hara \\ \"馬\" {x,y}");
    params_text(&params, "");
    echoes("$1 IS NOT NULL AND $1 = ''", &params, "t");
    params_text(&params, NULL);
    echoes("$1", &params, "NULL");
    params_bytes(&params, "\0\1\377", 3);
    echoes("$1", &params, "\\x0001ff");
    params_uuid(&params, a_uuid());
    echoes("$1", &params, "01234567-89ab-cdef-0123-456789abcdef");
}
END_TEST

START_TEST(arrays_arrive_as_they_are)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, 3);
    params_element_int(&params, 1);
    params_element_int(&params, -1);
    params_element_int(&params, INT64_MAX);
    echoes("$1", &params, "{1,-1,9223372036854775807}");
    params_array(&params, ELEMENT_TEXT, 4);
    params_element_text(&params, "a'b\"c\\d,{}", 10);
    params_element_text(&params, NULL, 0);
    params_element_text(&params, "", 0);
    params_element_text(&params, "馬", 3);
    echoes("$1", &params, "{\"a'b\\\"c\\\\d,{}\",NULL,\"\",馬}");
    params_array(&params, ELEMENT_BYTES, 3);
    params_element_bytes(&params, "\0\377", 2);
    params_element_bytes(&params, NULL, 0);
    params_element_bytes(&params, "", 0);
    echoes("$1", &params, "{\"\\\\x00ff\",NULL,\"\\\\x\"}");
    params_array(&params, ELEMENT_UUID, 2);
    params_element_uuid(&params, a_uuid());
    params_element_uuid(&params, (struct uuid){0});
    echoes("$1", &params, "{01234567-89ab-cdef-0123-456789abcdef,00000000-0000-0000-0000-000000000000}");
}
END_TEST

START_TEST(empty_arrays_are_empty_of_each_kind)
{
    static const enum params_element kinds[] = {ELEMENT_INT, ELEMENT_TEXT, ELEMENT_BYTES, ELEMENT_UUID};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct params params;
        params_init(&params);
        params_array(&params, kinds[i], 0);
        params_int(&params, 7);
        echoes("$1::text || cardinality($1) || $2", &params, "{}07");
    }
}
END_TEST

START_TEST(a_large_array_arrives_whole)
{
    struct params params;
    params_init(&params);
    params_array(&params, ELEMENT_INT, 100000);
    for (int i = 1; i <= 100000; i++)
        params_element_int(&params, i);
    echoes("(SELECT sum(x) FROM unnest($1) AS x)", &params, "5000050000");
}
END_TEST

START_TEST(results_are_read_as_they_were_meant)
{
    ck_assert(db_ready(db, &error));
    PGresult *result = PQexec(
        db_connection(db), "SELECT -5::bigint AS i, true AS t, false AS f, 'x'::text AS s, NULL::text AS n,"
                           " '\\x00ff10'::bytea AS b, '01234567-89AB-cdef-0123-456789abcdef'::uuid AS u");
    ck_assert_int_eq(result_int(result, 0, "i"), -5);
    ck_assert_int_eq(result_int_or(result, 0, "n", 9), 9);
    ck_assert(result_bool(result, 0, "t"));
    ck_assert(!result_bool(result, 0, "f"));
    ck_assert_str_eq(result_text(result, 0, "s"), "x");
    ck_assert_ptr_null(result_text(result, 0, "n"));
    ck_assert(result_is_null(result, 0, "n"));
    uint8_t bytes[3];
    ck_assert(result_bytes(result, 0, "b", bytes, sizeof bytes));
    ck_assert_mem_eq(bytes, "\0\377\20", 3);
    ck_assert(!result_bytes(result, 0, "n", bytes, sizeof bytes));
    ck_assert(uuid_equal(result_uuid(result, 0, "u"), a_uuid()));
    PQclear(result);
}
END_TEST

static const char *const wrong_reads[] = {"missing", "s", "n"};

START_TEST(reading_a_column_as_what_it_is_not_ends_the_process)
{
    ck_assert(db_ready(db, &error));
    PGresult *result = PQexec(db_connection(db), "SELECT 'x'::text AS s, NULL::text AS n");
    result_int(result, 0, wrong_reads[_i]);
}
END_TEST

int main(void)
{
    scratch = scratch_create();
    struct db *first = db_create(scratch.url, "db-test-first");
    if (migrate_run(first, &error) < 0)
        scratch_give_up("migrate", error.text);
    db_destroy(&first);

    TCase *cases = tcase_create("db");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_statement_answers_its_rows);
    tcase_add_test(cases, a_unique_violation_names_its_constraint_and_harms_nothing_else);
    tcase_add_test(cases, failed_parameters_are_never_sent);
    tcase_add_test(cases, a_connection_lost_while_idle_is_opened_again_unnoticed);
    tcase_add_test(cases, a_connection_lost_amid_a_statement_is_uncertain_and_then_replaced);
    tcase_add_test(cases, a_connection_lost_amid_the_preparation_is_not_sent);
    tcase_add_test(cases, an_unreachable_database_is_not_sent_at_once);
    tcase_add_test(cases, a_transaction_is_there_as_a_whole_or_not_at_all);
    tcase_add_test(cases, the_commit_of_a_failed_transaction_is_refused);
    tcase_add_test(cases, a_lost_transaction_is_never_carried_on_by_another_connection);
    tcase_add_test(cases, an_error_at_the_commit_is_a_refusal);
    tcase_add_test(cases, a_connection_lost_amid_the_commit_is_uncertain);
    tcase_add_test(cases, a_snapshot_hands_over_row_by_row_what_there_was_at_one_moment);
    tcase_add_test(cases, rows_that_are_not_wanted_any_more_stop_coming);
    tcase_add_test(cases, a_snapshot_s_statement_ends_at_its_time_out);
    tcase_add_test(cases, a_script_that_fails_names_the_line);
    tcase_add_test(cases, single_parameters_arrive_as_they_are);
    tcase_add_test(cases, arrays_arrive_as_they_are);
    tcase_add_test(cases, empty_arrays_are_empty_of_each_kind);
    tcase_add_test(cases, a_large_array_arrives_whole);
    tcase_add_test(cases, results_are_read_as_they_were_meant);
    tcase_add_loop_test_raise_signal(cases, reading_a_column_as_what_it_is_not_ends_the_process,
                                     6 /* SIGABRT */, 0, 3);
    Suite *suite = suite_create("db");
    suite_add_tcase(suite, cases);
    int status = run_suite(suite);
    scratch_drop(&scratch);
    return status;
}
